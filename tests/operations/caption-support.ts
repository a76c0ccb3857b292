import path from 'node:path';
import { execa } from 'execa';
import { captionInput, captionOutput } from '../../worker/src/operations/caption/contract.ts';
import { caption } from '../../worker/src/operations/caption/index.ts';
import { temporaryFolder } from '../support/media-fixtures.ts';
import { createTestContext } from '../support/test-context.ts';

export interface Captioned {
	readonly result: ReturnType<(typeof captionOutput)['parse']>;
	/** The published video; it lies in `folder`. */
	readonly file: string;
	readonly warnings: readonly string[];
	readonly context: ReturnType<typeof createTestContext>;
}

/** Captions a local file by the real operation, in its own folder under `folder`. */
export async function captionFile(
	video: string,
	input: Record<string, unknown>,
	folder: string,
): Promise<Captioned> {
	using work = temporaryFolder();
	const output = path.join(folder, `result-${counter++}`);
	const subtitles: Record<string, string> =
		typeof input['file'] === 'string' ? { 'http://test/subs': input['file'] } : {};
	const context = createTestContext({
		files: { 'http://test/video': video, ...subtitles },
		folder: work.path,
		output,
	});
	const { file: subtitleFile, ...fields } = input;
	const parsed = captionInput.parse({
		video_url: 'http://test/video',
		...(subtitleFile === undefined ? {} : { subtitles_url: 'http://test/subs' }),
		...fields,
	});
	const result = captionOutput.parse(await caption.run(parsed, context));
	return { result, file: path.join(output, result.filename), warnings: context.warnings, context };
}
let counter = 0;

/** A grey frame, as a player shows it, brought to `size`. */
export async function greyFrame(
	file: string,
	seconds: number,
	[width, height]: readonly [number, number],
): Promise<Uint8Array> {
	const { stdout } = await execa(
		'ffmpeg',
		// prettier-ignore
		['-nostdin', '-v', 'error', '-i', file, '-frames:v', '1', '-vf', `select=gte(t\\,${seconds}),scale=${width}:${height}`, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'],
		{ encoding: 'buffer' },
	);
	return stdout;
}

/** A part of the picture: shares of its height and width. */
export interface Region {
	readonly top?: number;
	readonly bottom?: number;
	readonly left?: number;
	readonly right?: number;
}

/** How two videos differ at one time in a region. */
export interface Difference {
	/** Mean over all pixels, in levels of 0 to 255: what encoding leaves is 1 to 3. */
	readonly mean: number;
	/** Share of pixels that differ by more than 64 levels, which encoding never does. */
	readonly clear: number;
}

export async function difference(
	pair: readonly [string, string],
	seconds: number,
	{ size, region = {} }: { readonly size: readonly [number, number]; readonly region?: Region },
): Promise<Difference> {
	const [a, b] = await Promise.all(pair.map((file) => greyFrame(file, seconds, size)));
	const { top = 0, bottom = 1, left = 0, right = 1 } = region;
	const [width, height] = size;
	const levels: number[] = [];
	for (let y = Math.round(top * height); y < Math.round(bottom * height); y += 1) {
		for (let x = Math.round(left * width); x < Math.round(right * width); x += 1) {
			levels.push(Math.abs((a?.[y * width + x] ?? 0) - (b?.[y * width + x] ?? 0)));
		}
	}
	return {
		mean: levels.reduce((sum, level) => sum + level, 0) / levels.length,
		clear: levels.filter((level) => level > 64).length / levels.length,
	};
}

/** The smallest box, in pixels of `size`, that holds all pixels that differ clearly. */
export async function changedBox(
	pair: readonly [string, string],
	seconds: number,
	size: readonly [number, number],
): Promise<{ left: number; right: number; top: number; bottom: number }> {
	const [a, b] = await Promise.all(pair.map((file) => greyFrame(file, seconds, size)));
	const changed = Array.from(a ?? [], (_, at) => at).filter(
		(at) => Math.abs((a?.[at] ?? 0) - (b?.[at] ?? 0)) > 64,
	);
	const columns = changed.map((at) => at % size[0]);
	const rows = changed.map((at) => Math.floor(at / size[0]));
	return {
		left: Math.min(...columns),
		right: Math.max(...columns),
		top: Math.min(...rows),
		bottom: Math.max(...rows),
	};
}

/** A checksum of the packets of one kind of stream, without decoding. */
export async function packetSum(file: string, stream: string): Promise<string> {
	const { stdout } = await execa('ffmpeg', [
		...['-nostdin', '-v', 'error', '-i', file, '-map', `0:${stream}`],
		...['-c', 'copy', '-f', 'md5', '-'],
	]);
	return stdout;
}

export async function frameTimes(file: string): Promise<number[]> {
	const { stdout } = await execa('ffprobe', [
		...['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'packet=pts_time'],
		...['-of', 'csv=p=0', file],
	]);
	return stdout
		.split('\n')
		.map((line) => Number.parseFloat(line))
		.filter((time) => !Number.isNaN(time))
		.sort((a, b) => a - b);
}

/** The subtitle track of a video as SRT text, without carriage returns and invisible word joiners. */
export async function subtitleTrack(file: string): Promise<string> {
	const { stdout } = await execa('ffmpeg', [
		...['-nostdin', '-v', 'error', '-i', file, '-map', '0:s:0', '-f', 'srt', '-'],
	]);
	return stdout.replace(/[\r\u2060]/g, '');
}
