import type { CodedError } from '../errors.ts';

/** The first thing ffmpeg complained about, as one short line for a person: later lines only follow from it. */
export function failureLine(error: CodedError): string {
	const stderr = error.details?.['stderr'];
	const lines = typeof stderr === 'string' ? stderr.split('\n') : [];
	const first = lines.find((line) => line.trim() !== '') ?? error.message;
	return first.replace(/^(\[[^\]]*\]\s*)+/, '').trim();
}
