import { describe, expect, test } from 'vitest';
import { plainText, type Cue } from '../../../worker/src/media/subtitles/cue.ts';
import { detectFormat } from '../../../worker/src/media/subtitles/detect.ts';
import { readSubtitles } from '../../../worker/src/media/subtitles/read-subtitles.ts';

const brief = (cues: readonly Cue[]) =>
	cues.map((cue) => [cue.start, cue.end, plainText(cue.spans)] as const);
const read = (text: string) => brief(readSubtitles(text).cues);

describe('SRT', () => {
	test.each([
		['usual', '1\n00:00:01,000 --> 00:00:02,500\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n'],
		['dots', '1\n00:00:01.000 --> 00:00:02.500\nA\n\n2\n00:00:03.000 --> 00:00:04.000\nB\n'],
		['no numbers', '00:00:01,000 --> 00:00:02,500\nA\n\n00:00:03,000 --> 00:00:04,000\nB'],
		['no blank lines', '1\n00:00:01,000 --> 00:00:02,500\nA\n2\n00:00:03,000 --> 00:00:04,000\nB'],
		[
			'blank after number',
			'1\n\n00:00:01,000 --> 00:00:02,500\nA\n\n2\n\n00:00:03,000 --> 00:00:04,000\nB',
		],
		[
			'blank before text',
			'1\n00:00:01,000 --> 00:00:02,500\n\nA\n\n2\n00:00:03,000 --> 00:00:04,000\n\nB',
		],
		['no hours', '1\n00:01,000 --> 00:02,5\nA\n\n2\n0:03 --> 0:04\nB'],
		[
			'coordinates',
			'1\n00:00:01,000 --> 00:00:02,500 X1:1 X2:2 Y1:3 Y2:4\nA\n\n2\n00:00:03,000-->00:00:04,000\nB',
		],
		['spaces in times', '1\n 00:00:01, 000 --> 00:00:02, 500\nA\n\n2\n0:0:3,0 -> 0:0:4,0\nB'],
		[
			'trailing garbage',
			'1\n00:00:01,000 --> 00:00:02,500\nA\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n\n</html>\x1a',
		],
		[
			'colon before milliseconds',
			'1\n00:00:01:000 --> 00:00:02:500\nA\n\n2\n00:00:03:000 --> 00:00:04:000\nB',
		],
	])('%s', (_, text) => {
		expect(read(text)).toEqual([
			[1, 2.5, 'A'],
			[3, 4, 'B'],
		]);
	});

	test('keeps lines behind a blank line inside a caption, and numbers that are its text', () => {
		const text =
			'1\n00:00:01,000 --> 00:00:02,000\nA\n\nB\n42\n\n2\n00:00:03,000 --> 00:00:04,000\n7\n';
		expect(read(text)).toEqual([
			[1, 2, 'A\nB\n42'],
			[3, 4, '7'],
		]);
	});

	test('keeps text that is a number where captions have no numbers', () => {
		const text =
			'00:00:01,000 --> 00:00:02,000\n3\n\n00:00:03,000 --> 00:00:04,000\n2\n\n00:00:05,000 --> 00:00:06,000\n1';
		expect(read(text).map(([, , line]) => line)).toEqual(['3', '2', '1']);
	});

	test('reads hours above 99, negative and reversed times as written', () => {
		const text =
			'1\n123:00:00,000 --> 123:00:01,000\nA\n\n2\n-00:00:01,000 --> 00:00:01,000\nB\n\n3\n00:00:05,000 --> 00:00:04,000\nC';
		expect(read(text)).toEqual([
			[442_800, 442_801, 'A'],
			[-1, 1, 'B'],
			[5, 4, 'C'],
		]);
	});

	test('understands its markup and leaves all other text alone', () => {
		const text =
			'1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>It</i> <FONT color=#f00>red</FONT> <b>x</b> a < b <laughs> {curly} &amp; {\\pos(1,2)}end';
		const [cue] = readSubtitles(text).cues;
		expect(cue?.alignment).toBe(8);
		expect(plainText(cue?.spans ?? [])).toBe('It red x a < b <laughs> {curly} & end');
		expect(cue?.spans.filter((span) => span.italic || span.bold || span.color)).toEqual([
			{ text: 'It', italic: true },
			{ text: 'red', color: 'FF0000' },
			{ text: 'x', bold: true },
		]);
	});

	test('survives tags that are never or wrongly closed', () => {
		const [cue] = readSubtitles('1\n00:00:01,000 --> 00:00:02,000\n<i>a<b>b</i>c</b></u>d<').cues;
		expect(plainText(cue?.spans ?? [])).toBe('abcd<');
	});
});

describe('WebVTT', () => {
	test('skips header, notes, styles, regions, names and settings', () => {
		const text = [
			'WEBVTT - title\nKind: captions',
			'NOTE\n00:00 is no time',
			'STYLE\n::cue { color: red }',
			'REGION\nid:fred',
			'intro\n00:01.000 --> 00:02.500 align:start position:0% line:0\n<v Bob>A &lt;b&gt; &nbsp;<00:00:01.500><c.yellow>c</c>',
			'00:00:03.000 --> 01:00:04.000 line:90%\nB\nC\n',
		].join('\n\n');
		const { cues, format } = readSubtitles(text);
		expect(format).toBe('vtt');
		expect(brief(cues)).toEqual([
			[1, 2.5, 'A <b> \u00A0c'],
			[3, 3604, 'B\nC'],
		]);
		expect(cues.map((cue) => cue.alignment)).toEqual([8, undefined]);
		expect(cues[0]?.spans.at(-1)).toEqual({ text: 'c', color: 'FFFF00' });
	});

	test('reads the automatic captions of video sites, which begin with a line of blanks', () => {
		const text =
			'WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.160 --> 00:00:02.310 align:start position:0%\n \nhello<00:00:00.400><c> world</c>\n\n00:00:02.310 --> 00:00:02.320\nhello world\n \n';
		expect(read(text)).toEqual([
			[0.16, 2.31, 'hello world'],
			[2.31, 2.32, 'hello world'],
		]);
	});

	test('does without blank lines between cues', () => {
		const text = 'WEBVTT\n00:01.000 --> 00:02.000\nA\n \nname\n00:03.000 --> 00:04.000\nB';
		expect(read(text)).toEqual([
			[1, 2, 'A'],
			[3, 4, 'B'],
		]);
	});
});

describe('ASS', () => {
	test('takes the words of its events', () => {
		const text = [
			'[Script Info]\nTitle: x\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,Arial',
			'[Events]\nFormat: Start, End, Style, Text',
			'Dialogue: 0:00:01.00,0:00:02.50,Default,{\\fad(1,2)\\i1}One{\\i0}, two\\Nthree{note}',
			'Comment: 0:00:01.00,0:00:02.50,Default,not shown',
			'Dialogue: 0:00:01.00,0:00:02.50,Default,{\\p1}m 0 0 l 1 1',
		].join('\n');
		const { cues, format } = readSubtitles(text);
		expect(format).toBe('ass');
		expect(brief(cues)).toEqual([[1, 2.5, 'One, two\nthree']]);
		expect(cues[0]?.spans[0]).toEqual({ text: 'One', italic: true });
	});
});

describe('detectFormat', () => {
	test.each([
		['\n\nWEBVTT\n\n', 'vtt'],
		['WEBVTTX', undefined],
		['junk\n1\n00:00:01,000 --> 00:00:02,000\nWEBVTT', 'srt'],
		['; made by\n[Script Info]\n', 'ass'],
		['<html><!-- a --></html>', undefined],
		['{"a": 1}', undefined],
	])('%j is %s', (text, format) => expect(detectFormat(text)).toBe(format));
});

test.each([
	['', /is empty/],
	['\n \n', /is empty/],
	['<!DOCTYPE html><p>Sign in</p>', /web page/],
	['PK\x03\x04zip', /archive/],
	['WEBVTT\n\nNOTE nothing here', /no caption/],
	['[Script Info]\n[Events]\n', /no caption/],
	['hello', /known format/],
])('%j is refused in words that help', (text, message) => {
	expect(() => readSubtitles(text)).toThrow(
		expect.objectContaining({
			code: 'input_unsupported',
			message: expect.stringMatching(message) as string,
		}) as Error,
	);
});

test('reads fifty thousand captions within seconds', () => {
	const one = (n: number) =>
		`${n}\n00:00:01,000 --> 00:00:02,000\n<i>Line ${n}</i> <<<<{{{{ &&&&\n`;
	const text = Array.from({ length: 50_000 }, (_, index) => one(index + 1)).join('\n');
	const started = performance.now();
	expect(readSubtitles(text).cues.length).toBe(50_000);
	expect(performance.now() - started).toBeLessThan(10_000);
});
