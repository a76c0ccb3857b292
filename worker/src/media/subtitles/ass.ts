import { estimateWidth, wrapSpans } from './wrap.ts';
import { plainText, type Cue, type Span } from './cue.ts';

/** Size of the picture in pixels, as a player shows it. */
export interface Canvas {
	readonly width: number;
	readonly height: number;
}

/** Sizes in pixels of the canvas. */
interface Look {
	readonly fontSize: number;
	readonly marginSide: number;
	readonly marginBottom: number;
	readonly outline: number;
	readonly shadow: number;
	readonly blur: number;
}

/** Covers Latin, Greek and Cyrillic; fontconfig finds another for any script it lacks, or where it is missing. */
const FONT = 'Noto Sans';

/**
 * Shares of the smaller side of the picture, tuned by eye on landscape, portrait and square. libass counts
 * a font's size with its ascenders and descenders: 0.072 gives capitals of 4 % of the picture.
 */
const FONT_SHARE = 0.072;
const OUTLINE_SHARE = 0.06;
const SHADOW_SHARE = 0.03;
const BLUR_SHARE = 0.012;

/** Captions may fill half of the picture's height before their letters shrink, down to a third. */
const MOST_HEIGHT = 0.5;
const LEAST_SCALE = 1 / 3;

function look({ width, height }: Canvas): Look {
	const isLandscape = width > height * 1.2;
	const isPortrait = height > width * 1.2;
	const fontSize = Math.min(width, height) * FONT_SHARE;
	return {
		fontSize,
		// Lines of about 45 letters are read at a glance: on a wide picture they must not reach the edges.
		marginSide: width * (isLandscape ? 0.1 : 0.06),
		// Telephone apps lay their buttons over the lowest tenth of an upright video.
		marginBottom: height * (isPortrait ? 0.14 : 0.06),
		outline: fontSize * OUTLINE_SHARE,
		shadow: fontSize * SHADOW_SHARE,
		blur: fontSize * BLUR_SHARE,
	};
}

/** Captions as an ASS file in the house style, to be drawn over a picture of the size of `canvas`. */
export function writeAss(sorted: readonly Cue[], canvas: Canvas): string {
	const style = look(canvas);
	const lines = inDrawingOrder(sorted).map((cue) => dialogue(cue, canvas, style));
	return [...header(canvas, style), ...lines, ''].join('\n');
}

const size = (pixels: number): string => String(Math.round(pixels * 100) / 100);

const header = (canvas: Canvas, style: Look): string[] => [
	'[Script Info]',
	'ScriptType: v4.00+',
	`PlayResX: ${canvas.width}`,
	`PlayResY: ${canvas.height}`,
	'WrapStyle: 0',
	'ScaledBorderAndShadow: yes',
	'YCbCr Matrix: None',
	'',
	'[V4+ Styles]',
	'Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
	// Encoding -1 lets each line take its own direction, right to left for Arabic and Hebrew.
	`Style: Default,${FONT},${size(style.fontSize)},&H00FFFFFF,&H00FFFFFF,&H00101010,&H60000000,-1,0,0,0,100,100,0,0,1,${size(style.outline)},${size(style.shadow)},2,${Math.round(style.marginSide)},${Math.round(style.marginSide)},${Math.round(style.marginBottom)},-1`,
	'',
	'[Events]',
	'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
];

/**
 * libass gives the lowest place to the caption it meets first and stacks the others above it. Of captions that
 * begin together the last one goes first, so that the viewer reads them from top to bottom in their order.
 */
function inDrawingOrder(sorted: readonly Cue[]): Cue[] {
	const groups: Cue[][] = [];
	for (const cue of sorted) {
		if (groups.at(-1)?.[0]?.start === cue.start) groups.at(-1)?.push(cue);
		else groups.push([cue]);
	}
	return groups.flatMap((group) => [
		...group.filter(isAtTop),
		...group.filter((cue) => !isAtTop(cue)).reverse(),
	]);
}

const isAtTop = (cue: Cue): boolean => (cue.alignment ?? 2) >= 7;

function dialogue(cue: Cue, canvas: Canvas, style: Look): string {
	const lineWidth = (canvas.width - 2 * style.marginSide) / style.fontSize;
	const scale = fittingScale(
		plainText(cue.spans),
		lineWidth,
		(canvas.height / style.fontSize) * MOST_HEIGHT,
	);
	const overrides = [
		`\\blur${size(style.blur)}`,
		cue.alignment === undefined ? '' : `\\an${cue.alignment}`,
		scale < 1 ? `\\fs${size(style.fontSize * scale)}` : '',
	];
	const text = wrapSpans(cue.spans, lineWidth / scale)
		.map(styledText)
		.join('');
	return `Dialogue: 0,${clock(cue.start)},${clock(cue.end)},Default,,0,0,0,,{${overrides.join('')}}${text}`;
}

/** How much smaller than usual a very long caption is drawn. Widths and heights are in font sizes. */
function fittingScale(text: string, lineWidth: number, mostLines: number): number {
	if (text.length < lineWidth * 2 && !text.includes('\n')) return 1;
	const lines = text
		.split('\n')
		.map((line) => Math.ceil(estimateWidth(line) / lineWidth))
		.reduce((sum, count) => sum + count, 0);
	if (lines <= mostLines) return 1;
	// Letters of half the size need half the lines at half the height each.
	return Math.max(LEAST_SCALE, Math.sqrt(mostLines / lines));
}

function styledText(span: Span): string {
	const text = escapeText(span.text);
	const on = [
		span.italic ? '\\i1' : '',
		span.underline ? '\\u1' : '',
		span.color === undefined ? '' : `\\1c&H${bgr(span.color)}&`,
	].join('');
	const off = [
		span.italic ? '\\i0' : '',
		span.underline ? '\\u0' : '',
		span.color === undefined ? '' : '\\1c&HFFFFFF&',
	].join('');
	return on === '' ? text : `{${on}}${text}{${off}}`;
}

const bgr = (color: string): string => color.slice(4, 6) + color.slice(2, 4) + color.slice(0, 2);

/** ASS counts hundredths of a second. */
function clock(seconds: number): string {
	const hundredths = Math.round(seconds * 100);
	const part = (unit: number, range: number) =>
		String(Math.floor(hundredths / unit) % range).padStart(2, '0');
	return `${Math.floor(hundredths / 360_000)}:${part(6000, 60)}:${part(100, 60)}.${part(1, 100)}`;
}

/**
 * Text that ASS shows as it is. Braces begin overrides unless escaped; a backslash gets an invisible word joiner
 * behind it, because it has no escape of its own and `\N` or `\h` would act.
 */
export const escapeText = (text: string): string =>
	text
		.replace(/(?!\n)\p{Cc}/gu, (control) => (control === '\t' ? ' ' : ''))
		.replaceAll('\\', '\\\u2060')
		.replace(/\p{Emoji_Modifier}|\uFE0F/gu, '')
		.replace(/[{}]/g, '\\$&')
		.replaceAll('\n', '\\N');
