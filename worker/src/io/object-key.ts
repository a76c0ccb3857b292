import { CodedError } from '../errors.ts';

/** Longest key S3 accepts, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** Longest name of a file or folder on ext4, XFS, NTFS and APFS, in bytes (NAME_MAX). */
const MAX_SEGMENT_BYTES = 255;

const invalid = (what: string): CodedError =>
	new CodedError('invalid_request', `${what}. Choose another path or output_filename.`);

function assertSegment(segment: string): void {
	if (segment === '')
		throw invalid('The path must not contain empty folder names or start with a slash');
	if (segment === '.' || segment === '..')
		throw invalid('The path must not contain "." or ".." folders');
	if (/[\p{Cc}\p{Cs}\\]/u.test(segment))
		throw invalid('The path must not contain control characters or backslashes');
	if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) {
		throw invalid(`A folder or file name is longer than ${MAX_SEGMENT_BYTES} bytes`);
	}
}

/** Shortens the name before its ending, by whole characters, so that it fits in `bytes` of UTF-8. */
function shorten(filename: string, bytes: number): string {
	if (Buffer.byteLength(filename) <= bytes) return filename;
	const ending = /\.[^.]{1,16}$/.exec(filename)?.[0] ?? '';
	let stem = [...filename.slice(0, filename.length - ending.length)];
	while (Buffer.byteLength(stem.join('') + ending) > bytes) stem = stem.slice(0, -1);
	return stem.join('') + ending;
}

/**
 * The key of an output: `path` (default `jobs/<job id>/`, one trailing slash is fine) and the file name, in NFC so
 * that one name has one spelling. A file name over 255 bytes is shortened before its ending.
 * Errors: invalid_request for what is no safe key.
 */
export function objectKey(path: string | undefined, jobId: string, filename: string): string {
	const folder = (path === undefined || path === '' ? `jobs/${jobId}` : path)
		.normalize('NFC')
		.replace(/\/$/, '');
	if (filename.includes('/')) throw invalid('The file name must not contain slashes');
	const name = shorten(filename.normalize('NFC'), MAX_SEGMENT_BYTES);
	const key = `${folder}/${name}`;
	for (const segment of key.split('/')) assertSegment(segment);
	if (Buffer.byteLength(key) > MAX_KEY_BYTES)
		throw invalid(`The path is longer than ${MAX_KEY_BYTES} bytes`);
	return key;
}

/** Errors: invalid_request when `key` is not one that {@link objectKey} could have made. */
export function assertKey(key: string): void {
	for (const segment of key.split('/')) assertSegment(segment);
	if (Buffer.byteLength(key) > MAX_KEY_BYTES)
		throw invalid(`The path is longer than ${MAX_KEY_BYTES} bytes`);
}

/** RFC 3986 encoding of one path segment, as S3 signatures want it: encodeURIComponent leaves !'()* alone. */
const encodeSegment = (segment: string): string =>
	encodeURIComponent(segment).replace(
		/[!'()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);

/** The key as a URL path, every segment percent-encoded: space is %20, plus is %2B. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/');

/** The key behind an encoded URL path; undefined when the encoding is broken. */
export function decodeKey(path: string): string | undefined {
	try {
		return path.split('/').map(decodeURIComponent).join('/');
	} catch {
		return undefined;
	}
}
