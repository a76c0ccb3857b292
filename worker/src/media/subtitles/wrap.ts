import { plainText, type Span } from './cue.ts';

/**
 * Widths in font sizes, on the wide side for the fonts in use (DejaVu Sans Bold is the widest: its W is 0.95 and
 * its letters 0.6 of a font size as libass counts it, Noto Sans CJK is 0.7).
 */
const WIDTHS: readonly (readonly [pattern: RegExp, width: number])[] = [
	[/^\p{Extended_Pictographic}/u, 1],
	[
		/^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u,
		0.8,
	],
	[/^[\u{1F000}-\u{3FFFD}]/u, 0.9],
	[/^[MWmw@%&\u2014\u2026]/u, 0.95],
	[/^[iljtfrI.,:;'!|()[\]{}\s/\\-]/u, 0.42],
	[/^\p{Lu}/u, 0.72],
	[/^\p{M}/u, 0],
];
const USUAL_WIDTH = 0.62;

/** Must not begin a line, and must not end one, by the rules of Japanese and Chinese typesetting. */
const CLOSING =
	/^[\p{Pe}\p{Pf}\p{M}、。，．・：；？！ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ…‥～,.!?:;%]/u;
const OPENING = /[\p{Ps}\p{Pi}]$/u;

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
const words = new Intl.Segmenter('und', { granularity: 'word' });

const pieces = (segmenter: Intl.Segmenter, text: string): string[] =>
	Array.from(segmenter.segment(text), ({ segment }) => segment);

/** Estimated width of a line of text, in font sizes. */
export function estimateWidth(text: string): number {
	return pieces(graphemes, text)
		.map((letter) => WIDTHS.find(([pattern]) => pattern.test(letter))?.[1] ?? USUAL_WIDTH)
		.reduce((sum, width) => sum + width, 0);
}

/**
 * Breaks lines that the renderer cannot break, because it knows only spaces: Chinese, Japanese and Thai, and
 * words longer than a line. `width` is the width of a line in font sizes. Other lines stay as they are.
 */
export function wrapSpans(spans: readonly Span[], width: number): Span[] {
	const text = plainText(spans);
	if (text.length <= width) return [...spans];
	const breaks = new Set(findBreaks(text, width));
	if (breaks.size === 0) return [...spans];
	let offset = 0;
	return spans.map((span) => {
		const from = offset;
		offset += span.text.length;
		const broken = span.text
			.split('')
			.map((unit, index) => (breaks.has(from + index) ? `\n${unit}` : unit))
			.join('');
		return { ...span, text: broken };
	});
}

/** Offsets in `text` before which a line break goes. */
function findBreaks(text: string, width: number): number[] {
	let offset = 0;
	return text.split('\n').flatMap((line) => {
		const from = offset;
		offset += line.length + 1;
		const needsHelp = line.split(/[ \t]+/).some((word) => estimateWidth(word) > width);
		return needsHelp ? breakLine(line, width).map((at) => from + at) : [];
	});
}

function breakLine(line: string, width: number): number[] {
	const units = breakableUnits(line, width);
	const widths = units.map(estimateWidth);
	const total = widths.reduce((sum, unit) => sum + unit, 0);
	// Lines of about one length read better than a full one with a remnant below it.
	const goal = Math.min(width, total / Math.ceil(total / width) + Math.max(...widths) / 2);
	const breaks: number[] = [];
	let filled = 0;
	let offset = 0;
	units.forEach((unit, index) => {
		const own = widths[index] ?? 0;
		if (filled > 0 && filled + own > goal) {
			breaks.push(offset);
			filled = 0;
		}
		filled += own;
		offset += unit.length;
	});
	return breaks;
}

/** Words, or letters where a word is wider than a line, with the marks that must stay beside them. */
function breakableUnits(line: string, width: number): string[] {
	const small = pieces(words, line).flatMap((word) =>
		estimateWidth(word) > width ? pieces(graphemes, word) : [word],
	);
	const units: string[] = [];
	for (const piece of small) {
		const last = units.at(-1);
		const joins = last !== undefined && (CLOSING.test(piece) || OPENING.test(last));
		if (joins && estimateWidth(last + piece) <= width) units[units.length - 1] = last + piece;
		else units.push(piece);
	}
	return units;
}
