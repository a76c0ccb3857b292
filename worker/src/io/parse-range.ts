/** What a Range header asks for: the whole file, one part of it (bytes, both ends included), or more than there is. */
export type FileRange =
	| { readonly kind: 'full' }
	| { readonly kind: 'part'; readonly start: number; readonly end: number }
	| { readonly kind: 'unsatisfiable' };

const FULL: FileRange = { kind: 'full' };
const UNSATISFIABLE: FileRange = { kind: 'unsatisfiable' };

/**
 * Reads a Range header (RFC 9110, 14.1.2) against a file of `size` bytes. Several ranges at once, other units and
 * malformed headers are ignored, as the RFC allows: the answer is the full file.
 */
export function parseRange(header: string | undefined, size: number): FileRange {
	const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
	const [first, last] = [match?.[1] ?? '', match?.[2] ?? ''];
	if (first === '' && last === '') return FULL;
	if (first === '') return lastBytes(Number(last), size);
	const start = Number(first);
	const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
	if (last !== '' && Number(last) < start) return FULL;
	return start >= size ? UNSATISFIABLE : { kind: 'part', start, end };
}

function lastBytes(count: number, size: number): FileRange {
	if (count === 0 || size === 0) return UNSATISFIABLE;
	return { kind: 'part', start: Math.max(0, size - count), end: size - 1 };
}
