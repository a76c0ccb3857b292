import { tidySpans, type Cue } from './cue.ts';
import { parseMarkup } from './markup.ts';
import { parseTiming, type Timing } from './timing.ts';

interface Block {
	readonly timing: Timing;
	/** Lines after the timing line, up to the next timing line. */
	readonly lines: readonly string[];
}

/**
 * The captions of an SRT text in file order, times as written. Forgiving: index numbers and blank lines may be
 * missing, blank lines may stand inside a caption, coordinates after the times are ignored.
 */
export function parseSrt(text: string): Cue[] {
	const lines = text.split('\n');
	const at = lines.flatMap((line, index) => (parseTiming(line) ? [index] : []));
	const numbered = at[0] !== undefined && lastFilled(lines.slice(0, at[0]), isNumber) !== undefined;
	return at.map((index, order) => {
		const next = at[order + 1];
		const following = lines.slice(index + 1, next);
		const own =
			next === undefined ? untilBlank(following) : numbered ? withoutNumber(following) : following;
		return toCue({ timing: parseTiming(lines[index] as string) as Timing, lines: own });
	});
}

function toCue({ timing, lines }: Block): Cue {
	const { spans, alignment } = parseMarkup(lines.join('\n'), 'srt');
	const cue = { start: timing.start, end: timing.end, spans: tidySpans(spans) };
	return alignment === undefined ? cue : { ...cue, alignment };
}

const isNumber = (line: string): boolean => /^\s*\d+\s*$/.test(line);
const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

/** Index of the last line with text, when that line passes `test`. */
function lastFilled(lines: readonly string[], test: (line: string) => boolean): number | undefined {
	const index = lines.findLastIndex((line) => !isBlank(line));
	return index >= 0 && test(lines[index] as string) ? index : undefined;
}

/** Cuts the number of the caption that follows: the last line, or one that stands alone between blank lines. */
function withoutNumber(lines: readonly string[]): readonly string[] {
	const index = lastFilled(lines, isNumber);
	if (index === undefined) return lines;
	const isNext = index === lines.length - 1 || isBlank(lines[index - 1]);
	return isNext ? lines.slice(0, index) : lines;
}

/** The last caption ends at its first blank line, so that whatever follows the captions is not drawn. */
function untilBlank(lines: readonly string[]): readonly string[] {
	const first = lines.findIndex((line) => !isBlank(line));
	if (first < 0) return [];
	const length = lines.slice(first).findIndex(isBlank);
	return length < 0 ? lines.slice(first) : lines.slice(first, first + length);
}
