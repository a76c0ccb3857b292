/** A run of text in one style. Line breaks are `\n`. */
export interface Span {
	readonly text: string;
	readonly italic?: boolean;
	readonly bold?: boolean;
	readonly underline?: boolean;
	/** RRGGBB in hexadecimal. */
	readonly color?: string;
}

/** Where in the picture a cue stands, as the keys of a number pad lie: 2 is bottom centre, 8 is top centre. */
export type Alignment = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** One caption. Times are seconds from the start of the video. */
export interface Cue {
	readonly start: number;
	readonly end: number;
	readonly spans: readonly Span[];
	/** Absent means the usual place, bottom centre. */
	readonly alignment?: Alignment;
}

export const plainText = (spans: readonly Span[]): string =>
	spans.map((span) => span.text).join('');

const sameStyle = (a: Span, b: Span): boolean =>
	a.italic === b.italic && a.bold === b.bold && a.underline === b.underline && a.color === b.color;

/** Joins neighbours of one style and cuts the blank at both ends and all blank lines, which players would draw as gaps. */
export function tidySpans(spans: readonly Span[]): Span[] {
	const tidy: Span[] = [];
	for (const span of spans) {
		const last = tidy.at(-1);
		if (last && sameStyle(last, span))
			tidy[tidy.length - 1] = { ...last, text: last.text + span.text };
		else tidy.push(span);
	}
	return dropBlankLines(tidy);
}

function dropBlankLines(spans: readonly Span[]): Span[] {
	const full = plainText(spans);
	const keep = keptCharacters(full);
	let offset = 0;
	return spans
		.map((span) => {
			const from = offset;
			offset += span.text.length;
			return {
				...span,
				text: span.text
					.split('')
					.filter((_, index) => keep[from + index])
					.join(''),
			};
		})
		.filter((span) => span.text !== '');
}

/** For every UTF-16 unit, whether it stays: blank lines, and blanks at the ends of lines, go. */
function keptCharacters(full: string): boolean[] {
	const lines = full.split('\n');
	const filled = lines.flatMap((line, index) => (line.trim() === '' ? [] : [index]));
	const last = filled.at(-1);
	return lines.flatMap((line, index) => {
		const isFilled = line.trim() !== '';
		const from = line.length - line.trimStart().length;
		const to = line.trimEnd().length;
		const units = Array.from({ length: line.length }, (_, at) => isFilled && at >= from && at < to);
		const lineBreak = index < lines.length - 1 ? [isFilled && index !== last] : [];
		return [...units, ...lineBreak];
	});
}
