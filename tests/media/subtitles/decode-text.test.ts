import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { decodeText } from '../../../worker/src/media/subtitles/decode-text.ts';

const WORDS = '1\n00:00:01,000 --> 00:00:02,000\nOlá, “você” é naïve – 5 €\n';
const CHINESE =
	'1\n00:00:01,000 --> 00:00:02,000\n人人生而自由在尊严和权利上一律平等他们赋有理性和良心\n';

test.each([
	['utf-8', WORDS, Buffer.from(WORDS)],
	['utf-8', WORDS, Buffer.from(`\uFEFF${WORDS}`)],
	['utf-8', CHINESE, Buffer.from(CHINESE)],
	['utf-8', 'plain', Buffer.from('plain')],
	['utf-16le', WORDS, Buffer.from(`\uFEFF${WORDS}`, 'utf16le')],
	['utf-16le', WORDS, Buffer.from(WORDS, 'utf16le')],
	['utf-16le', CHINESE, Buffer.from(CHINESE, 'utf16le')],
	['utf-16be', WORDS, Buffer.from(`\uFEFF${WORDS}`, 'utf16le').swap16()],
	['utf-16be', WORDS, Buffer.from(WORDS, 'utf16le').swap16()],
	['utf-16be', CHINESE, Buffer.from(CHINESE, 'utf16le').swap16()],
	['windows-1252', WORDS, iconv.encode(WORDS, 'windows-1252')],
])('%s: %j', (encoding, text, bytes) => {
	expect(decodeText(bytes)).toEqual({ text, encoding });
	const crlf = iconv.decode(bytes, encoding, { stripBOM: false }).replaceAll('\n', '\r\n');
	expect(decodeText(iconv.encode(crlf, encoding)).text).toBe(text);
});

test('a UTF-8 file with one broken letter stays UTF-8', () => {
	const cut = Buffer.concat([Buffer.from(CHINESE), Buffer.from('人').subarray(0, 2)]);
	expect(decodeText(cut)).toMatchObject({ encoding: 'utf-8', text: `${CHINESE}\uFFFD` });
});

test('old Mac line ends become newlines and NULs go', () => {
	expect(decodeText(Buffer.from('one\rtwo\r\nthree, four\0 five')).text).toBe(
		'one\ntwo\nthree, four five',
	);
});

test('no bytes are no text', () => expect(decodeText(Buffer.alloc(0)).text).toBe(''));
