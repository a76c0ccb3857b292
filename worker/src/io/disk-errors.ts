import { CodedError } from '../errors.ts';

/** No space, quota used up, or the file is larger than the file system allows. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The `code` of a system error, or undefined. */
export function errorCode(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null | undefined)?.code;
	return typeof code === 'string' ? code : undefined;
}

/** The error to throw for a failed file operation: `disk_full` when that is what happened, else the error itself. */
export function diskError(error: unknown): unknown {
	if (!FULL.has(errorCode(error) ?? '')) return error;
	return new CodedError(
		'disk_full',
		'The disk of the worker is full. Free some space in its data folder (DATA_DIR), then run the job again.',
		{ cause: error },
	);
}

/** Runs file work and throws its failures through {@link diskError}. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw diskError(error);
	}
}
