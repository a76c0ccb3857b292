import { describe, expect, test } from 'vitest';
import { escapeText, writeAss } from '../../../worker/src/media/subtitles/ass.ts';
import { safeAss } from '../../../worker/src/media/subtitles/ass-file.ts';
import type { Cue } from '../../../worker/src/media/subtitles/cue.ts';
import { estimateWidth, wrapSpans } from '../../../worker/src/media/subtitles/wrap.ts';

const cue = (start: number, text: string): Cue => ({ start, end: start + 1, spans: [{ text }] });
const events = (ass: string) =>
	ass.split('\n').flatMap((line) => (line.startsWith('Dialogue: ') ? [line.slice(10)] : []));
const texts = (cues: Cue[]) =>
	events(writeAss(cues, { width: 1920, height: 1080 })).map((line) => line.replace(/^.*?\}/, ''));

describe('writeAss', () => {
	test('puts the picture, the style and the times into the file', () => {
		const ass = writeAss([cue(3661.239, 'Hi')], { width: 1080, height: 1920 });
		expect(ass).toContain('PlayResX: 1080\nPlayResY: 1920\n');
		expect(events(ass)).toEqual([
			expect.stringMatching(/^0,1:01:01\.24,1:01:02\.24,Default,,0,0,0,,\{\\blur[\d.]+\}Hi$/),
		]);
	});

	test('writes captions that begin together from last to first, so that they stack in order', () => {
		expect(texts([cue(0, 'a'), cue(1, 'b'), cue(1, 'c'), cue(2, 'd')])).toEqual([
			'a',
			'c',
			'b',
			'd',
		]);
	});

	test('shrinks the letters of a text that would fill the picture', () => {
		const [line] = events(writeAss([cue(0, 'word '.repeat(300))], { width: 640, height: 360 }));
		expect(Number(/\\fs([\d.]+)/.exec(line ?? '')?.[1])).toBeLessThan(360 * 0.05);
	});

	test('styles what was marked', () => {
		const styled: Cue = { start: 0, end: 1, spans: [{ text: 'a', italic: true, color: 'AABBCC' }] };
		expect(texts([styled])).toEqual(['{\\i1\\1c&HCCBBAA&}a{\\i0\\1c&HFFFFFF&}']);
	});
});

test.each([
	['a{b}c', 'a\\{b\\}c'],
	['C:\\new', 'C:\\\u2060new'],
	['{\\an8}', '\\{\\\u2060an8\\}'],
	['two\nlines', 'two\\Nlines'],
	['\tbell\x07', ' bell'],
	['👍🏽 ❤️', '👍 ❤'],
])('escapeText(%j)', (text, expected) => expect(escapeText(text)).toBe(expected));

describe('wrapSpans', () => {
	const wrap = (text: string, width: number) =>
		wrapSpans([{ text }], width)
			.map((span) => span.text)
			.join('')
			.split('\n');

	test.each([
		['Japanese', '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。', 10],
		['Chinese', '人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心', 8],
		['Thai', 'มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์', 10],
		['an address', `https://example.com/${'a'.repeat(80)}`, 12],
		['one letter', 'W'.repeat(100), 9],
	])('breaks %s into lines that fit, and loses nothing', (_, text, width) => {
		const lines = wrap(text, width);
		expect(lines.length).toBeGreaterThan(1);
		expect(lines.join('')).toBe(text);
		for (const line of lines) expect(estimateWidth(line)).toBeLessThanOrEqual(width);
		for (const line of lines) expect(line).not.toMatch(/^[。，、！？）」]/);
	});

	test('leaves lines with spaces to the renderer', () => {
		expect(wrap('many short words in a long line of text', 10)).toHaveLength(1);
	});

	test('keeps the styles of the pieces', () => {
		const spans = wrapSpans(
			[{ text: 'あ'.repeat(10), italic: true }, { text: 'い'.repeat(10) }],
			6,
		);
		expect(spans.map((span) => span.italic)).toEqual([true, undefined]);
		expect(spans.map((span) => span.text.replaceAll('\n', ''))).toEqual([
			'あ'.repeat(10),
			'い'.repeat(10),
		]);
	});
});

describe('safeAss', () => {
	test('keeps what draws captions and drops the rest', () => {
		const text =
			'[Script Info]\na\n[Fonts]\nfontname: x\nM1\n[V4+ Styles]\nb\n[Graphics]\ny\n[Events]\nc';
		expect(safeAss(text)).toEqual({
			text: '[Script Info]\na\n[V4+ Styles]\nb\n[Events]\nc',
			droppedFonts: true,
		});
	});

	test('is not for a file without styles', () =>
		expect(safeAss('[Events]\nDialogue: x')).toBeUndefined());
});
