import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LIBX264 } from '../worker/src/media/encoders.ts';
import { probeFile } from '../worker/src/media/ffprobe.ts';
import { writeAss } from '../worker/src/media/subtitles/ass.ts';
import { readSubtitles } from '../worker/src/media/subtitles/read-subtitles.ts';
import { BURN_FILE, burnCommand, VIDEO_FILE } from '../worker/src/operations/caption/command.ts';
import { runBare } from './bare-ffmpeg.ts';
import { runMeasured, upload, type BenchWorker } from './bench-worker.ts';
import { compare } from './compare.ts';
import { alias, makeSrt, makeVideo, type BenchOptions } from './media.ts';
import type { Row } from './table.ts';

/** Length of the video in seconds, and for --short. */
const SECONDS = 60;
const SHORT_SECONDS = 10;

/** Captions burned into a video with sound. */
export async function benchCaption(worker: BenchWorker, options: BenchOptions): Promise<Row[]> {
	const seconds = options.short ? SHORT_SECONDS : SECONDS;
	const { folder } = options;
	const video = await makeVideo(path.join(folder, 'video.mp4'), seconds);
	await alias(video, VIDEO_FILE);
	const signal = new AbortController().signal;
	const { video: stream, ...info } = await probeFile(VIDEO_FILE, 'video', { folder, signal });
	if (stream === undefined) throw new Error('the test video has no picture');
	const subtitles = makeSrt(seconds);
	const canvas = { width: stream.displayWidth, height: stream.displayHeight };
	const cues = readSubtitles(subtitles).cues;
	await writeFile(path.join(folder, BURN_FILE), writeAss(cues, canvas));
	const command = burnCommand({ ...info, video: stream }, LIBX264);
	const input = { video_url: await upload(worker, video), subtitles, path: 'bench/' };
	const comparison = {
		name: `caption, ${seconds} s 1080p30`,
		bar: 1.1,
		ours: async () => (await runMeasured(worker, 'caption', input)).cpuSeconds,
		bare: () => runBare([command], folder),
	};
	return [await compare(comparison, options)];
}
