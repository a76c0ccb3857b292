import { CodedError } from '../errors.ts';
import { abortError } from '../abort.ts';
import { errorCode } from './disk-errors.ts';
import type { UploadToSave } from './storage.ts';

/** How Node reports a client that went away. */
const BROKEN_OFF = /^(ECONNRESET|ECONNABORTED|EPIPE|ERR_STREAM_PREMATURE_CLOSE)$/;

/**
 * A stage for pipeline(): passes an upload's body on and tells the size of each chunk. Errors: input_too_large above
 * `maxBytes`, invalid_request when the body broke off (it is the sender's to send again), cancelled.
 */
export function countBytes(
	limits: Pick<UploadToSave, 'maxBytes' | 'signal'>,
	onBytes: (bytes: number) => void,
) {
	return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
		let received = 0;
		for await (const chunk of unbroken(chunks, limits.signal)) {
			received += chunk.length;
			if (received > limits.maxBytes) throw tooLarge(limits.maxBytes);
			onBytes(chunk.length);
			yield chunk;
		}
	};
}

async function* unbroken(
	chunks: AsyncIterable<Buffer>,
	signal: AbortSignal,
): AsyncGenerator<Buffer> {
	try {
		yield* chunks;
	} catch (error) {
		throw uploadError(error, signal);
	}
}

/** The error to throw for an upload that failed. pipeline() reports a broken body as the body's own error. */
export function uploadError(error: unknown, signal: AbortSignal): unknown {
	if (signal.aborted) return abortError(signal);
	if (!BROKEN_OFF.test(errorCode(error) ?? '')) return error;
	return new CodedError(
		'invalid_request',
		'The upload broke off before the file was complete. Send it again.',
		{ cause: error },
	);
}

const tooLarge = (maxBytes: number): CodedError =>
	new CodedError(
		'input_too_large',
		`The file is larger than the ${maxBytes} bytes this worker accepts. Send a smaller one.`,
	);
