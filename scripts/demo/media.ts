import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** Frames per second that img2vid makes by default. */
export const FPS = 24;

export interface Facts {
	readonly seconds: number;
	readonly width: number | undefined;
	readonly height: number | undefined;
	/** Codec of each stream, in file order. */
	readonly codecs: readonly string[];
}

interface Printed {
	readonly format: { readonly duration: string };
	readonly streams: readonly { codec_name: string; width?: number; height?: number }[];
}

/** What ffprobe says of a file. */
export async function probe(file: string, cancelSignal: AbortSignal): Promise<Facts> {
	const { stdout } = await execa(
		'ffprobe',
		['-v', 'error', '-show_format', '-show_streams', '-of', 'json', file],
		{ cancelSignal },
	);
	const { format, streams } = JSON.parse(stdout) as Printed;
	const picture = streams.find((stream) => stream.width !== undefined);
	return {
		seconds: Number(format.duration),
		width: picture?.width,
		height: picture?.height,
		codecs: streams.map((stream) => stream.codec_name),
	};
}

/** Puts clips of one kind behind one another without encoding them again. */
export async function join(
	clips: readonly string[],
	file: string,
	cancelSignal: AbortSignal,
): Promise<void> {
	const list = path.join(path.dirname(file), 'sources', 'scenes.txt');
	const line = (clip: string): string => `file '${path.resolve(clip).replaceAll("'", "'\\''")}'\n`;
	await writeFile(list, clips.map(line).join(''));
	await execa(
		'ffmpeg',
		[
			...['-nostdin', '-v', 'error', '-y', '-f', 'concat', '-safe', '0', '-i', list],
			...['-c', 'copy', '-movflags', '+faststart', file],
		],
		{ cancelSignal },
	);
}

/** Decodes every frame and sample: a file that does is playable. */
export async function playThrough(file: string, cancelSignal: AbortSignal): Promise<void> {
	const args = ['-nostdin', '-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'];
	await execa('ffmpeg', args, { cancelSignal });
}
