import { randomBytes } from 'node:crypto';

/** 128 random bits in hex: cannot be guessed, and survives programs that lower-case host names. */
const ID_BYTES = 16;

const REFERENCE = /^upload:\/\/([0-9a-f]{32})\/([^/?#]+)$/i;

/** Longest stem kept, in characters of up to 4 bytes each: with its ending it stays below the 255 bytes of file systems. */
const MAX_STEM = 60;

export interface UploadId {
	readonly id: string;
	readonly name: string;
}

/** A name that is safe as a file name and in a URL, close to the one given. */
function safeName(name: string): string {
	const base = name.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
	const plain = base
		.replace(/[^\p{L}\p{N}._ -]/gu, '_')
		.replace(/^\.+/, '_')
		.trim();
	const ending = /\.[A-Za-z0-9]{1,8}$/.exec(plain)?.[0] ?? '';
	const stem = [...plain.slice(0, plain.length - ending.length)].slice(0, MAX_STEM).join('');
	return (stem || 'file') + ending;
}

export const newUploadId = (name: string): UploadId => ({
	id: randomBytes(ID_BYTES).toString('hex'),
	name: safeName(name),
});

export const uploadReference = ({ id, name }: UploadId): string =>
	`upload://${id}/${encodeURIComponent(name)}`;

/** Whether the URL claims to be an upload, well written or not. */
export const isUploadReference = (url: string): boolean => /^upload:/i.test(url.trim());

/** undefined when the reference is not one that {@link uploadReference} wrote. */
export function parseUploadReference(reference: string): UploadId | undefined {
	const match = REFERENCE.exec(reference.trim());
	if (!match) return undefined;
	try {
		const name = decodeURIComponent(match[2] ?? '');
		return safeName(name) === name ? { id: (match[1] ?? '').toLowerCase(), name } : undefined;
	} catch {
		return undefined;
	}
}
