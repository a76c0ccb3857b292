import { plainText, tidySpans, type Cue } from './cue.ts';

/** Captions ready to be shown, and how many were left out for each reason. */
export interface ArrangedCues {
	/** By start; captions with one start are in file order. All start before the end of the video. */
	readonly cues: readonly Cue[];
	/** They end before they begin, or are over before the video starts. */
	readonly untimed: number;
	/** They begin after the video's end. */
	readonly late: number;
}

/**
 * Overlap in seconds that is a rounding fault and not meant: shorter than a viewer can read two captions
 * (a blink is 0.1 to 0.4 s). The earlier caption then ends where the next begins, instead of pushing it up.
 */
const ACCIDENTAL_OVERLAP = 0.2;

/**
 * Sorts captions by time, cuts them to the length of the video (seconds), and drops what cannot be seen: empty
 * ones, exact duplicates, ones outside the video.
 */
export function arrangeCues(cues: readonly Cue[], length: number): ArrangedCues {
	const filled = withoutDuplicates(cues.filter((cue) => plainText(cue.spans).trim() !== ''));
	const timed = filled.filter((cue) => cue.end > Math.max(0, cue.start));
	const visible = timed.filter((cue) => cue.start < length);
	const sorted = visible
		.map((cue) => ({ ...cue, start: Math.max(0, cue.start), end: Math.min(length, cue.end) }))
		.sort((a, b) => a.start - b.start);
	return {
		cues: withoutAccidents(sorted),
		untimed: filled.length - timed.length,
		late: timed.length - visible.length,
	};
}

function withoutDuplicates(cues: readonly Cue[]): Cue[] {
	const seen = new Set<string>();
	return cues.filter((cue) => {
		const key = `${cue.start} ${cue.end} ${plainText(cue.spans)}`;
		return seen.size < seen.add(key).size;
	});
}

function withoutAccidents(sorted: readonly Cue[]): Cue[] {
	return sorted.map((cue, index) => {
		const next = sorted[index + 1];
		if (next === undefined) return cue;
		const overlap = cue.end - next.start;
		const isAccident =
			overlap > 0 && overlap <= ACCIDENTAL_OVERLAP && next.start - cue.start > ACCIDENTAL_OVERLAP;
		return isAccident ? { ...cue, end: next.start } : cue;
	});
}

/**
 * Captions of which no two overlap, for tracks that can show one at a time: where several did, one caption
 * has all their texts, the earliest on top.
 */
export function flattenCues(sorted: readonly Cue[]): Cue[] {
	const flat: Cue[] = [];
	let active: Cue[] = [];
	const showUntil = (time: number) => {
		while (active.length > 0) {
			const start = Math.max(flat.at(-1)?.end ?? 0, ...active.map((cue) => cue.start));
			const end = Math.min(time, ...active.map((cue) => cue.end));
			if (end > start) flat.push({ start, end, spans: stack(active) });
			active = active.filter((cue) => cue.end > end);
			if (end === time) return;
		}
	};
	for (const cue of sorted) {
		showUntil(cue.start);
		active.push(cue);
	}
	showUntil(Number.POSITIVE_INFINITY);
	return flat;
}

const stack = (cues: readonly Cue[]): Cue['spans'] =>
	tidySpans(
		cues.flatMap((cue, index) => (index === 0 ? cue.spans : [{ text: '\n' }, ...cue.spans])),
	);
