import { CodedError } from './errors.ts';

/** What to throw once `signal` is aborted: its reason when that is classified, else `cancelled`. */
export function abortError(signal: AbortSignal): CodedError {
	if (signal.reason instanceof CodedError) return signal.reason;
	return new CodedError('cancelled', 'The job was cancelled.', { cause: signal.reason });
}

/** Throws {@link abortError} when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal): void {
	if (signal.aborted) throw abortError(signal);
}
