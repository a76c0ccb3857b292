import { tidySpans, type Alignment, type Cue } from './cue.ts';
import { parseMarkup } from './markup.ts';
import { parseTiming, type Timing } from './timing.ts';

/**
 * The captions of a WebVTT text in file order, times as written. Of the cue settings only `line` is honoured,
 * roughly: it says whether a caption stands at the top, in the middle or at the bottom.
 */
export function parseVtt(text: string): Cue[] {
	// A line of blanks is no end of a block: automatic captions start a cue with one.
	const blocks = text.split(/\n{2,}/).map((block) => block.replace(/^\n+/, ''));
	return blocks.filter((block) => !isComment(block)).flatMap(readBlock);
}

const isComment = (block: string): boolean => /^(NOTE|STYLE|REGION)(?=\s|$)/.test(block);

/** Several cues may stand in one block where the blank line between them was forgotten. */
function readBlock(block: string): Cue[] {
	const lines = block.split('\n');
	const at = lines.flatMap((line, index) => (parseTiming(line) ? [index] : []));
	return at.map((index, order) => {
		const timing = parseTiming(lines[index] as string) as Timing;
		const next = at[order + 1];
		const own = lines.slice(index + 1, next);
		return toCue(timing, (next === undefined ? own : withoutIdentifier(own)).join('\n'));
	});
}

/** What follows a line of blanks right before the next cue is the name of that cue. */
function withoutIdentifier(lines: readonly string[]): readonly string[] {
	const blank = lines.findLastIndex((line) => line.trim() === '');
	return blank > 0 && lines.slice(0, blank).some((line) => line.trim() !== '')
		? lines.slice(0, blank)
		: lines;
}

function toCue(timing: Timing, text: string): Cue {
	const marked = parseMarkup(text, 'vtt');
	const alignment = marked.alignment ?? readLine(timing.settings);
	const cue = { start: timing.start, end: timing.end, spans: tidySpans(marked.spans) };
	return alignment === undefined ? cue : { ...cue, alignment };
}

/** `line:0` and `line:10%` are the top. Negative line numbers count from the bottom, the usual place. */
function readLine(settings: string): Alignment | undefined {
	const [, value = '', percent] = /(?:^|\s)line:(-?\d+(?:\.\d+)?)(%?)/.exec(settings) ?? [];
	if (value === '' || value.startsWith('-')) return undefined;
	// Without a percent sign it is a line number; players lay the picture out in about 16 lines.
	const share = percent === '%' ? Number(value) / 100 : Number(value) / 16;
	if (share < 0.35) return 8;
	return share < 0.6 ? 5 : undefined;
}
