import { CodedError } from '../errors.ts';

/** Throws the abort reason when it says which error it is, else `cancelled`. */
export function throwIfAborted(signal: AbortSignal): void {
	if (!signal.aborted) return;
	const reason: unknown = signal.reason;
	throw reason instanceof CodedError
		? reason
		: new CodedError('cancelled', 'The job was cancelled.');
}
