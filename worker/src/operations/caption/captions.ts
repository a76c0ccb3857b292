import type { JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import { writeAss, type Canvas } from '../../media/subtitles/ass.ts';
import { safeAss } from '../../media/subtitles/ass-file.ts';
import type { Cue } from '../../media/subtitles/cue.ts';
import { arrangeCues, flattenCues } from '../../media/subtitles/cues.ts';
import { decodeText, normalizeText } from '../../media/subtitles/decode-text.ts';
import { readSubtitles, type Subtitles } from '../../media/subtitles/read-subtitles.ts';
import { toSrt } from '../../media/subtitles/to-srt.ts';
import type { CaptionInput } from './contract.ts';

const DOWNLOADED_FILE = 'subtitles';

/** As UTF-16 the longest text accepted inline takes 10 MB; typeset ASS files reach that too. */
const MAX_SUBTITLE_BYTES = 20_000_000;

export interface LoadedSubtitles extends Subtitles {
	readonly text: string;
}

/** Downloads or takes the subtitles, whatever their encoding. Errors: input_*, disk_full. */
export async function loadSubtitles(
	input: CaptionInput,
	context: JobContext,
): Promise<LoadedSubtitles> {
	const text =
		input.subtitles_url === undefined
			? readInline(input.subtitles ?? '')
			: await download(input.subtitles_url, context);
	return { text, ...readSubtitles(text) };
}

async function download(url: string, context: JobContext): Promise<string> {
	const { file, sizeBytes } = await context.fetch(url, {
		name: DOWNLOADED_FILE,
		kind: 'subtitles',
	});
	if (sizeBytes > MAX_SUBTITLE_BYTES) {
		throw new CodedError(
			'input_too_large',
			'The subtitle file is larger than 20 MB. Check that subtitles_url is not the address of the video.',
		);
	}
	const { text, encoding } = decodeText(await context.read(file));
	if (encoding === 'windows-1252') {
		context.warn(
			'The subtitle file is not UTF-8 and was read as Latin-1 (Windows-1252). If letters look wrong, save it as UTF-8.',
		);
	}
	return text;
}

/** Text pasted into a JSON field often has its line ends written out as \n. */
function readInline(text: string): string {
	const normal = normalizeText(text);
	return normal.trim().includes('\n') ? normal : normal.replace(/\\r\\n|\\n/g, '\n');
}

/**
 * The captions that the viewer can see, of a video of `length` seconds; warns of all others.
 *
 * @throws CodedError `input_unsupported` when there is none.
 */
export function visibleCues(
	cues: readonly Cue[],
	length: number,
	context: JobContext,
): readonly Cue[] {
	const arranged = arrangeCues(cues, length);
	const { late, untimed } = arranged;
	if (arranged.cues.length === 0) throw nothingToShow(length, late);
	if (late > 0) context.warn(`${counted(late)} after the video's end and ${left(late)}.`);
	if (untimed > 0) {
		context.warn(
			`${untimed} caption${untimed === 1 ? ' ends' : 's end'} before ${untimed === 1 ? 'it begins' : 'they begin'} and ${left(untimed)}.`,
		);
	}
	return arranged.cues;
}

const counted = (count: number): string =>
	count === 1 ? '1 caption begins' : `${count} captions begin`;
const left = (count: number): string => (count === 1 ? 'was left out' : 'were left out');

function nothingToShow(length: number, late: number): CodedError {
	const message =
		late > 0
			? `None of the captions falls inside the video, which is ${length.toFixed(1)} s long. Check that the subtitles belong to this video.`
			: 'No caption has both a text and an end after its beginning. Check the times in the subtitles.';
	return new CodedError('input_unsupported', message);
}

/** What is drawn: an ASS file with its own styles as it is, all else in the house style. */
export function burnText(
	subtitles: LoadedSubtitles,
	cues: readonly Cue[],
	scene: { readonly canvas: Canvas; readonly context: JobContext },
): string {
	const own = subtitles.format === 'ass' ? safeAss(subtitles.text) : undefined;
	if (own === undefined) return writeAss(cues, scene.canvas);
	if (own.droppedFonts) {
		scene.context.warn('Fonts inside the ASS file are not used; the nearest installed font is.');
	}
	return own.text;
}

/** The subtitle track: plain captions of which no two overlap, because MP4 shows one at a time. */
export const trackText = (cues: readonly Cue[]): string => toSrt(flattenCues(cues));
