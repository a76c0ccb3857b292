import { describe, expect, test } from 'vitest';
import { plainText, type Cue } from '../../../worker/src/media/subtitles/cue.ts';
import { arrangeCues, flattenCues } from '../../../worker/src/media/subtitles/cues.ts';
import { toSrt } from '../../../worker/src/media/subtitles/to-srt.ts';

const cue = (start: number, end: number, text: string): Cue => ({ start, end, spans: [{ text }] });
const brief = (cues: readonly Cue[]) =>
	cues.map(({ start, end, spans }) => `${start}-${end} ${plainText(spans)}`);
const arrange = (...cues: Cue[]) => brief(arrangeCues(cues, 10).cues);

describe('arrangeCues', () => {
	test('sorts by start and keeps the order of those that begin together', () => {
		expect(arrange(cue(5, 6, 'c'), cue(1, 2, 'a'), cue(5, 7, 'd'), cue(3, 4, 'b'))).toEqual([
			...['1-2 a', '3-4 b', '5-6 c', '5-7 d'],
		]);
	});

	test('drops what is empty, doubled or outside, and counts it', () => {
		const { cues, late, untimed } = arrangeCues(
			[
				...[cue(1, 2, 'a'), cue(1, 2, 'a'), cue(1, 2, ' \n'), cue(10, 11, 'late')],
				...[cue(4, 3, 'reversed'), cue(5, 5, 'no time'), cue(-2, -1, 'before')],
			],
			10,
		);
		expect(brief(cues)).toEqual(['1-2 a']);
		expect({ late, untimed }).toEqual({ late: 1, untimed: 3 });
	});

	test('cuts to the video', () => {
		expect(arrange(cue(-1, 1, 'a'), cue(9, 99, 'b'))).toEqual(['0-1 a', '9-10 b']);
	});

	test('mends a slip of a moment, and leaves a true overlap', () => {
		expect(arrange(cue(1, 3.1, 'a'), cue(3, 5, 'b'), cue(4, 6, 'c'))).toEqual([
			...['1-3 a', '3-5 b', '4-6 c'],
		]);
	});
});

describe('flattenCues', () => {
	test.each([
		[
			[cue(0, 1, 'a'), cue(2, 3, 'b')],
			['0-1 a', '2-3 b'],
		],
		[
			[cue(0, 2, 'a'), cue(1, 3, 'b')],
			['0-1 a', '1-2 a\nb', '2-3 b'],
		],
		[
			[cue(0, 9, 'a'), cue(1, 2, 'b'), cue(2, 3, 'c')],
			['0-1 a', '1-2 a\nb', '2-3 a\nc', '3-9 a'],
		],
		[[cue(0, 2, 'a'), cue(0, 2, 'b')], ['0-2 a\nb']],
		[
			[cue(0, 1, 'a'), cue(1, 2, 'b')],
			['0-1 a', '1-2 b'],
		],
		[[], []],
	])('case %#', (cues, expected) => expect(brief(flattenCues(cues))).toEqual(expected));
});

test('toSrt numbers, times and marks captions', () => {
	const cues: Cue[] = [
		{
			start: 0,
			end: 1.5,
			spans: [
				{ text: 'a ', italic: true },
				{ text: 'b', color: 'FF0000' },
			],
		},
		cue(3661.0004, 360_000, 'c\nd'),
	];
	expect(toSrt(cues)).toBe(
		'1\n00:00:00,000 --> 00:00:01,500\n<i>a </i><font color="#FF0000">b</font>\n\n2\n01:01:01,000 --> 100:00:00,000\nc\nd\n',
	);
});
