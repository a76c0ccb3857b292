import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

/** A folder that is removed when its scope ends. */
export interface TemporaryFolder extends Disposable {
	readonly path: string;
	file(name: string): string;
}

export function temporaryFolder(): TemporaryFolder {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpu-media-test-'));
	return {
		path: folder,
		file: (name) => path.join(folder, name),
		[Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
	};
}

/** Runs the real ffmpeg, wherever PATH points during a test, and answers the path of its output (last argument). */
export async function makeMedia(...args: string[]): Promise<string> {
	await execa('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
	return args.at(-1) ?? '';
}

/** A lavfi source as input arguments. */
export const source = (graph: string): string[] => ['-f', 'lavfi', '-i', graph];

/** Sound that is silent but for a beep of 0.1 s at each full second. */
export const BEEPS = 'aevalsrc=if(lt(mod(t\\,1)\\,0.1)\\,0.5*sin(2*PI*880*t)\\,0):s=44100';

/** One frame of a video or a picture as packed RGB, read at `seconds`. */
export async function readFrame(file: string, seconds = 0): Promise<RgbFrame> {
	const size = await streamValues(file, 'v:0', ['width', 'height']);
	const [width = 0, height = 0] = size.map(Number);
	const { stdout } = await execa(
		'ffmpeg',
		// prettier-ignore
		['-nostdin', '-v', 'error', '-ss', `${seconds}`, '-noautorotate', '-i', file, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
		{ encoding: 'buffer' },
	);
	return { width, height, data: stdout };
}

export interface RgbFrame {
	readonly width: number;
	readonly height: number;
	readonly data: Uint8Array;
}

/** The colour at a place of the frame, given as shares of its width and height. */
export function colourAt(
	frame: RgbFrame,
	x: number,
	y: number,
): [red: number, green: number, blue: number] {
	const column = Math.min(frame.width - 1, Math.floor(x * frame.width));
	const row = Math.min(frame.height - 1, Math.floor(y * frame.height));
	const at = (row * frame.width + column) * 3;
	const [red = 0, green = 0, blue = 0] = frame.data.subarray(at, at + 3);
	return [red, green, blue];
}

/** Values of one stream as ffprobe prints them, in the order asked for. */
export async function streamValues(
	file: string,
	stream: string,
	entries: readonly string[],
): Promise<string[]> {
	const { stdout } = await execa('ffprobe', [
		...['-v', 'error', '-count_frames', '-select_streams', stream, '-of', 'json'],
		...['-show_entries', `stream=${entries.join(',')}`, file],
	]);
	const found = (JSON.parse(stdout) as { streams: Record<string, unknown>[] }).streams[0] ?? {};
	return entries.map((entry) => String(found[entry]));
}

/** Where sound begins and ends, in seconds, by ffmpeg's silencedetect. */
export async function soundStarts(file: string): Promise<number[]> {
	const { stderr } = await execa('ffmpeg', [
		...['-nostdin', '-hide_banner', '-i', file, '-vn'],
		...['-af', 'silencedetect=n=-30dB:d=0.2', '-f', 'null', '-'],
	]);
	return [...stderr.matchAll(/silence_end: ([\d.]+)/g)].map((match) => Number(match[1]));
}
