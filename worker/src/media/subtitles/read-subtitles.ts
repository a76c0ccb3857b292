import { CodedError } from '../../errors.ts';
import { parseAss } from './ass-file.ts';
import type { Cue } from './cue.ts';
import { detectFormat, type SubtitleFormat } from './detect.ts';
import { parseSrt } from './srt.ts';
import { parseVtt } from './vtt.ts';

export interface Subtitles {
	readonly format: SubtitleFormat;
	/** In file order, times as written; {@link arrangeCues} makes them fit to be shown. */
	readonly cues: readonly Cue[];
}

const PARSERS = { srt: parseSrt, vtt: parseVtt, ass: parseAss } as const;

/**
 * Reads SRT, WebVTT or ASS, told apart by content.
 *
 * @throws CodedError `input_unsupported` when the text is empty, of another kind, or without any caption.
 */
export function readSubtitles(text: string): Subtitles {
	if (text.trim() === '') throw unsupported('The subtitle file is empty.');
	const format = detectFormat(text);
	if (format === undefined) throw unsupported(describeOther(text));
	const cues = PARSERS[format](text);
	if (cues.length === 0) {
		throw unsupported(
			`The ${format.toUpperCase()} subtitles have no caption that could be read. Check that each has a line with its times.`,
		);
	}
	return { format, cues };
}

const unsupported = (message: string): CodedError => new CodedError('input_unsupported', message);

/** What people give by mistake, told apart by how it begins. */
function describeOther(text: string): string {
	const start = text.trimStart().slice(0, 100);
	if (/^<(!doctype html|html|head|body)/i.test(start)) {
		return 'The subtitle URL answered with a web page, not with subtitles. Use a direct download link.';
	}
	if (start.startsWith('PK') || start.startsWith('\x1f\x8b')) {
		return 'The subtitle file is a compressed archive. Unpack it and give the SRT, VTT or ASS file inside.';
	}
	return 'The subtitles are not in a known format. Give SRT, WebVTT or ASS text with at least one timed caption.';
}
