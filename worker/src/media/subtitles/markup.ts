import type { Alignment, Span } from './cue.ts';

export interface MarkedText {
	readonly spans: readonly Span[];
	readonly alignment?: Alignment;
}

type Style = Omit<Span, 'text'>;
interface OpenTag {
	readonly name: string;
	readonly style: Style;
}

/** Which words in angle brackets are markup; any other is text of the caption in SRT, and nothing in VTT. */
export type Dialect = 'srt' | 'vtt';

const TOKEN =
	/<\/?[a-z\d][^<>\n]{0,300}>|\{\\[^{}\n]{0,300}\}|&(?:[a-z]{2,6}|#\d{1,7}|#x[\da-f]{1,6});/gi;
const KNOWN_SRT_TAG = /^<\/?(?:[ibus]|em|strong|font|span|c|v|br)(?=[\s./>])/i;

const ENTITIES: Readonly<Record<string, string>> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	nbsp: '\u00A0',
	lrm: '\u200E',
	rlm: '\u200F',
};

/** The colour names of HTML 4, which is what subtitle editors write, as RRGGBB. */
const COLORS: Readonly<Record<string, string>> = {
	black: '000000',
	silver: 'C0C0C0',
	gray: '808080',
	white: 'FFFFFF',
	maroon: '800000',
	red: 'FF0000',
	purple: '800080',
	fuchsia: 'FF00FF',
	magenta: 'FF00FF',
	green: '008000',
	lime: '00FF00',
	olive: '808000',
	yellow: 'FFFF00',
	navy: '000080',
	blue: '0000FF',
	teal: '008080',
	aqua: '00FFFF',
	cyan: '00FFFF',
	orange: 'FFA500',
};

/** Text with the simple markup of SRT or VTT as spans. Everything that is not known markup stays text. */
export function parseMarkup(text: string, dialect: Dialect): MarkedText {
	const spans: Span[] = [];
	let open: readonly OpenTag[] = [];
	let alignment: Alignment | undefined;
	let from = 0;
	const push = (piece: string) => {
		if (piece !== '') spans.push({ text: piece, ...open.at(-1)?.style });
	};
	for (const { 0: token, index } of text.matchAll(TOKEN)) {
		push(text.slice(from, index));
		from = index + token.length;
		if (token.startsWith('&')) push(decodeEntity(token));
		else if (token.startsWith('{')) {
			alignment ??= overrideAlignment(token);
			open = applyOverride(open, token);
		} else if (dialect === 'srt' && !KNOWN_SRT_TAG.test(token)) push(token);
		else if (/^<br\b/i.test(token)) push('\n');
		else open = applyTag(open, token);
	}
	push(text.slice(from));
	return alignment === undefined ? { spans } : { spans, alignment };
}

function decodeEntity(token: string): string {
	const name = token.slice(1, -1).toLowerCase();
	if (!name.startsWith('#')) return ENTITIES[name] ?? token;
	const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
	return code > 31 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
		? String.fromCodePoint(code)
		: '';
}

function applyTag(open: readonly OpenTag[], token: string): readonly OpenTag[] {
	const [, slash, name = ''] = /^<(\/?)([a-z\d]+)/i.exec(token.toLowerCase()) ?? [];
	if (slash === '/') {
		const index = open.findLastIndex((tag) => tag.name === name);
		return index < 0 ? open : open.slice(0, index);
	}
	if (!/^[a-z]/.test(name)) return open;
	return [...open, { name, style: { ...open.at(-1)?.style, ...tagStyle(name, token) } }];
}

function tagStyle(name: string, token: string): Style {
	if (name === 'i' || name === 'em') return { italic: true };
	if (name === 'b' || name === 'strong') return { bold: true };
	if (name === 'u') return { underline: true };
	const written = name === 'font' ? /color\s*=\s*["']?\s*([#\w]+)/i.exec(token)?.[1] : undefined;
	const classes =
		name === 'c' ? (token.match(/\.[a-z]+/g) ?? []).map((found) => found.slice(1)) : [];
	const color = [written, ...classes].map(readColor).find((found) => found !== undefined);
	return color === undefined ? {} : { color };
}

function readColor(written: string | undefined): string | undefined {
	const value = (written ?? '').toLowerCase();
	if (Object.hasOwn(COLORS, value)) return COLORS[value];
	const [, digits] = /^#?([\da-f]{6}|[\da-f]{3})(?:[\da-f]{2})?$/.exec(value) ?? [];
	const full = digits?.length === 3 ? digits.replace(/./g, '$&$&') : digits;
	return full?.toUpperCase();
}

/** `{\an8}`: where the caption stands, as SRT files borrow it from ASS. */
function overrideAlignment(token: string): Alignment | undefined {
	const [, digit] = /\\an([1-9])/.exec(token) ?? [];
	return digit === undefined ? undefined : (Number(digit) as Alignment);
}

/** `{\i1}` and its kind; every other override is left out, because it would be drawn as noise. */
function applyOverride(open: readonly OpenTag[], token: string): readonly OpenTag[] {
	let style: Style = { ...open.at(-1)?.style };
	for (const [, letter, digit] of token.matchAll(/\\([ibu])([01])(?=[\\}])/g)) {
		const name = letter === 'i' ? 'italic' : letter === 'b' ? 'bold' : 'underline';
		style = { ...style, [name]: digit === '1' };
	}
	if (/\\r(?=[\\}])/.test(token)) style = {};
	return [...open, { name: '', style }];
}
