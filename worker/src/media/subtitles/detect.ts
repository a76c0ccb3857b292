export type SubtitleFormat = 'srt' | 'vtt' | 'ass';

/** A line that says when a caption shows: `00:01,5 --> 00:03.2`, with or without hours. */
export const TIMING_LINE = /^[ \t]*-?\d+:\d{1,2}(?::\d{1,2})?[.,:]?\d*[ \t]*-{1,2}>[ \t]*-?\d+:\d/m;

const ASS_LINE =
	/^\uFEFF?[ \t]*(\[(script info|v4\+? styles|events)\]|Dialogue:[ \t]*[^,\n]*,[ \t]*\d+:)/im;

/** The format of a subtitle text, by its content and never by its name; undefined when it is none. */
export function detectFormat(text: string): SubtitleFormat | undefined {
	if (/^\s*WEBVTT(?=\s|$)/.test(text)) return 'vtt';
	if (ASS_LINE.test(text)) return 'ass';
	return TIMING_LINE.test(text) ? 'srt' : undefined;
}
