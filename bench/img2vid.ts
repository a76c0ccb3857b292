import { availableParallelism } from 'node:os';
import path from 'node:path';
import { LIBX264 } from '../worker/src/media/encoders.ts';
import { probeFile } from '../worker/src/media/ffprobe.ts';
import { clipCommand, frameCount } from '../worker/src/operations/img2vid/command.ts';
import { runBare } from './bare-ffmpeg.ts';
import { runMeasured, upload, type BenchWorker } from './bench-worker.ts';
import { compare } from './compare.ts';
import { alias, makeImage, type BenchOptions } from './media.ts';
import type { Row } from './table.ts';

const IMAGES = 5;

/** Length of a clip in seconds: as the older API's users have them, enough for a figure, and for --short. */
const FULL_SECONDS = 6.5;
const SECONDS = 2;
const SHORT_SECONDS = 0.5;

/** The worker's default frames per second. */
const FPS = 24;

/** Clips of five photos in one job, against five bare commands. */
export async function benchImg2Vid(worker: BenchWorker, options: BenchOptions): Promise<Row[]> {
	const { folder } = options;
	const seconds = options.full ? FULL_SECONDS : options.short ? SHORT_SECONDS : SECONDS;
	const names = Array.from({ length: IMAGES }, (_, index) => `image_${index + 1}`);
	// By an ending in their names ffmpeg would take them for a numbered series.
	for (const [index, name] of names.entries())
		await alias(await makeImage(folder, `${name}.jpg`, index + 1), name);
	const urls = await Promise.all(names.map((name) => upload(worker, path.join(folder, name))));
	const images = urls.map((url, id) => ({ id, image_url: url, duration: seconds }));
	const comparison = {
		name: `img2vid, ${IMAGES} images of ${seconds} s`,
		bar: 1.1,
		ours: async () => {
			const input = { images, path: 'bench/' };
			return (await runMeasured(worker, 'img2vid', input)).cpuSeconds;
		},
		bare: () => bareClips(names, { folder, seconds }),
	};
	return [await compare(comparison, options)];
}

async function bareClips(
	names: readonly string[],
	{ folder, seconds }: { readonly folder: string; readonly seconds: number },
): Promise<number> {
	const signal = new AbortController().signal;
	// All pictures are of one size and upright.
	const { video } = await probeFile(names[0] ?? '', 'image', { folder, signal });
	if (video === undefined) throw new Error('the test image is not a picture');
	const known = {
		imageWidth: video.width,
		imageHeight: video.height,
		pixelFormat: video.pixelFormat,
		orientation: 1,
		width: 1920,
		height: 1080,
	} as const;
	const commands = names.map((image, index) => {
		const clip = { image, fps: FPS, frames: frameCount(seconds, FPS), file: `bare_${index}.mp4` };
		return clipCommand({ ...known, ...clip }, LIBX264);
	});
	return runBare(commands, folder, availableParallelism());
}
