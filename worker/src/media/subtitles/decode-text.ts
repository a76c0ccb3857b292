import iconv from 'iconv-lite';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

export interface DecodedText {
	readonly text: string;
	readonly encoding: TextEncoding;
}

/** Bytes looked at to tell UTF-16 without a byte order mark: some hundred captions. */
const SAMPLE_BYTES = 8192;

/**
 * Share of byte pairs with a NUL on one side that makes a file UTF-16. Its numbers, arrows and line ends have
 * one each, also where the words are Chinese; no text in another encoding has any.
 */
const NUL_SHARE = 0.1;

/** Broken sequences a UTF-8 file may have for each intact one (a cut end, a wrongly joined file). */
const BROKEN_SHARE = 0.1;

/**
 * A text file as a string with `\n` line ends and without NULs. Knows UTF-8 and UTF-16 with and without byte
 * order mark; what is neither is read as Windows-1252, of which Latin-1 is a part.
 */
export function decodeText(bytes: Buffer): DecodedText {
	const encoding = detectEncoding(bytes);
	return { text: normalizeText(iconv.decode(bytes, encoding)), encoding };
}

/** Line ends as `\n`, no NUL, no byte order mark. */
export const normalizeText = (text: string): string =>
	text
		.replace(/^\uFEFF+/, '')
		.replaceAll('\0', '')
		.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n');

function detectEncoding(bytes: Buffer): TextEncoding {
	if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
	return detectUtf16(bytes.subarray(0, SAMPLE_BYTES)) ?? (isUtf8(bytes) ? 'utf-8' : 'windows-1252');
}

function detectUtf16(sample: Buffer): TextEncoding | undefined {
	const pairs = Math.floor(sample.length / 2);
	let first = 0;
	let second = 0;
	for (let at = 0; at < pairs * 2; at += 2) {
		if (sample[at] === 0) first += 1;
		if (sample[at + 1] === 0) second += 1;
	}
	if (Math.max(first, second) <= pairs * NUL_SHARE) return undefined;
	if (second > first * 2) return 'utf-16le';
	return first > second * 2 ? 'utf-16be' : undefined;
}

function isUtf8(bytes: Buffer): boolean {
	const text = bytes.toString('utf8');
	const broken = count(text, /\uFFFD/g);
	return broken === 0 || broken < count(text, /[\u0080-\uFFFC]/g) * BROKEN_SHARE;
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
