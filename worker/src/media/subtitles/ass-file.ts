import { tidySpans, type Cue } from './cue.ts';
import { parseMarkup } from './markup.ts';
import { parseTime } from './timing.ts';

const DEFAULT_FIELDS = 'layer,start,end,style,name,marginl,marginr,marginv,effect,text'.split(',');

/**
 * The captions of an ASS or SSA text in file order, without their layout. Drawings, which have no text, are
 * left out.
 */
export function parseAss(text: string): Cue[] {
	const cues: Cue[] = [];
	let fields = DEFAULT_FIELDS;
	let section = 'events';
	for (const line of text.split('\n')) {
		const header = /^\s*\[([^\]\n]+)\]/.exec(line);
		if (header) section = (header[1] ?? '').toLowerCase();
		else if (section === 'events' && /^\s*Format:/i.test(line)) fields = readFormat(line);
		else if (/^\s*Dialogue:/i.test(line)) cues.push(...readDialogue(line, fields));
	}
	return cues;
}

function readFormat(line: string): string[] {
	const fields = line
		.slice(line.indexOf(':') + 1)
		.split(',')
		.map((field) => field.trim().toLowerCase());
	return fields.at(-1) === 'text' ? fields : DEFAULT_FIELDS;
}

function readDialogue(line: string, fields: readonly string[]): Cue[] {
	const values = line.slice(line.indexOf(':') + 1).split(',');
	const value = (field: string): string => values[fields.indexOf(field)] ?? '';
	const start = parseTime(value('start'));
	const end = parseTime(value('end'));
	const text = values.slice(fields.length - 1).join(',');
	if (start === undefined || end === undefined || /\{[^}]*\\p[1-9]/.test(text)) return [];
	return [{ start, end, spans: tidySpans(parseMarkup(readLineBreaks(text), 'srt').spans) }];
}

/** Comments in braces go, line breaks and hard spaces become characters. */
const readLineBreaks = (text: string): string =>
	text
		.replace(/\{[^{}\\]*\}/g, '')
		.replace(/\\[Nn]/g, '\n')
		.replaceAll('\\h', '\u00A0');

export interface SafeAss {
	readonly text: string;
	/** Whether fonts inside the file were left out. */
	readonly droppedFonts: boolean;
}

/** Sections that a renderer needs. Any other (fonts, pictures, editor data) is only bulk to parse. */
const KEPT_SECTION = /^\[(script info|v4\+? styles|events)\]/i;

/** An ASS text reduced to what draws captions; undefined without styles, because libass refuses such a file. */
export function safeAss(text: string): SafeAss | undefined {
	let keep = true;
	let droppedFonts = false;
	const lines = text.split('\n').filter((line) => {
		const trimmed = line.trim();
		if (/^\[[^\]]+\]$/.test(trimmed)) {
			keep = KEPT_SECTION.test(trimmed);
			droppedFonts ||= /^\[fonts\]/i.test(trimmed);
		}
		return keep;
	});
	if (!lines.some((line) => /^\s*\[v4\+? styles\]/i.test(line))) return undefined;
	return { text: lines.map((line) => line.replace(/^\s+(?=\[)/, '')).join('\n'), droppedFonts };
}
