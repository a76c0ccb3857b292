import type { Cue, Span } from './cue.ts';

/** Captions as a clean SRT text: numbered, in order, with the markup that every player knows. */
export function toSrt(cues: readonly Cue[]): string {
	return cues
		.map((cue, index) => {
			const text = cue.spans.map(markedText).join('');
			return `${index + 1}\n${clock(cue.start)} --> ${clock(cue.end)}\n${text}\n`;
		})
		.join('\n');
}

/**
 * What a reader of SRT would take for markup gets an invisible word joiner inside, because SRT has no escapes:
 * `<tag>`, `{\override}`, and the `\N` and `\h` that ffmpeg borrows from ASS.
 */
const literal = (text: string): string =>
	text.replace(/<(?=[/a-z])|\{(?=\\)|\\(?=[Nnh])/gi, '$&\u2060');

function markedText(span: Span): string {
	let text = literal(span.text);
	if (span.underline) text = `<u>${text}</u>`;
	if (span.italic) text = `<i>${text}</i>`;
	if (span.bold) text = `<b>${text}</b>`;
	return span.color === undefined ? text : `<font color="#${span.color}">${text}</font>`;
}

function clock(seconds: number): string {
	const ms = Math.round(seconds * 1000);
	const part = (unit: number, range: number) =>
		String(Math.floor(ms / unit) % range).padStart(2, '0');
	const hours = String(Math.floor(ms / 3_600_000)).padStart(2, '0');
	return `${hours}:${part(60_000, 60)}:${part(1000, 60)},${String(ms % 1000).padStart(3, '0')}`;
}
