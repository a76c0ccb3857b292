import { throwIfAborted } from '../abort.ts';
import { CodedError } from '../errors.ts';

/** Errors: `worker_lost` when `stillOurs` answers no, `cancelled` (or the abort reason) when aborted. */
export async function assertOurs(
	signal: AbortSignal,
	stillOurs: () => Promise<boolean>,
): Promise<void> {
	throwIfAborted(signal);
	if (await stillOurs()) return throwIfAborted(signal);
	throwIfAborted(signal);
	throw new CodedError(
		'worker_lost',
		'Another worker has taken this job over, so this one does not publish its result.',
	);
}
