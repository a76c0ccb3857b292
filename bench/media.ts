import { link } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';

/** Where a case keeps its files, and how much it does. */
export interface BenchOptions {
	readonly folder: string;
	/** Times each side of a comparison is run. */
	readonly runs: number;
	/** Shorter inputs: figures within minutes, less sure. */
	readonly short: boolean;
	/** The lengths of img2vid clips as users have them. */
	readonly full: boolean;
	readonly say: (line: string) => void;
}

const run = (...args: string[]) => execa('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);

const lavfi = (graph: string): string[] => ['-f', 'lavfi', '-i', graph];

/** A moving picture with a tone, 30 frames a second at 5 Mbit/s, as a camera or a screen recorder gives it. */
export async function makeVideo(
	file: string,
	seconds: number,
	size: '1920x1080' | '1280x720' = '1920x1080',
): Promise<string> {
	await run(
		...lavfi(`testsrc2=s=${size}:r=30:d=${seconds},noise=alls=6:allf=t`),
		...lavfi(`sine=frequency=330:sample_rate=48000:duration=${seconds}`),
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '5M', '-maxrate', '5M'],
		...['-bufsize', '5M', '-pix_fmt', 'yuv420p', '-g', '60', '-c:a', 'aac', '-shortest', file],
	);
	return file;
}

/** A long video out of a short one, without encoding it all. */
export async function repeatVideo(short: string, file: string, times: number): Promise<string> {
	await run(
		...['-stream_loop', String(times - 1), '-i', short],
		...['-map', '0', '-c', 'copy', '-movflags', '+faststart', file],
	);
	return file;
}

/** Sound in the format of the file name's ending. */
export async function makeSound(folder: string, name: string, seconds: number): Promise<string> {
	const file = path.join(folder, name);
	await run(
		...lavfi(`anoisesrc=color=pink:amplitude=0.2:sample_rate=44100:duration=${seconds}`),
		...['-ac', '2', '-b:a', '128k', file],
	);
	return file;
}

/** A photo-like picture: smooth colours under grain. */
export async function makeImage(folder: string, name: string, seed: number): Promise<string> {
	const file = path.join(folder, name);
	await run(
		...lavfi(
			`gradients=s=3000x2000:n=6:seed=${seed}:type=spiral,noise=alls=8:allf=u:all_seed=${seed}`,
		),
		...['-frames:v', '1', '-update', '1', '-q:v', '2', file],
	);
	return file;
}

/** A caption every two seconds. */
export const makeSrt = (seconds: number): string =>
	Array.from({ length: Math.floor(seconds / 2) }, (_, index) => {
		const time = (at: number): string =>
			new Date(at * 1000).toISOString().slice(11, 23).replace('.', ',');
		const words = `Caption number ${index + 1} of this video, with words to draw`;
		return `${index + 1}\n${time(index * 2)} --> ${time(index * 2 + 1.8)}\n${words}\n`;
	}).join('\n');

/** The same file under another name: what the worker does with an upload. */
export const alias = (file: string, name: string): Promise<void> =>
	link(file, path.join(path.dirname(file), name));
