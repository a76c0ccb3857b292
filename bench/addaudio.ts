import path from 'node:path';
import {
	copyCommand,
	shorterOf,
	type AddAudioPlan,
} from '../worker/src/operations/addaudio/command.ts';
import { probeFile } from '../worker/src/media/ffprobe.ts';
import { runBare } from './bare-ffmpeg.ts';
import { runMeasured, upload, type BenchWorker } from './bench-worker.ts';
import { compare } from './compare.ts';
import { alias, makeSound, makeVideo, repeatVideo, type BenchOptions } from './media.ts';
import type { Row } from './table.ts';

/** Length of the video in seconds: ten minutes, and one for --short. */
const SECONDS = 600;
const SHORT_SECONDS = 60;

/** New sound under a long video: MP3, which is encoded to AAC, and AAC, where all is copied. */
export async function benchAddAudio(worker: BenchWorker, options: BenchOptions): Promise<Row[]> {
	const seconds = options.short ? SHORT_SECONDS : SECONDS;
	const { folder } = options;
	const piece = await makeVideo(path.join(folder, 'piece.mp4'), 10);
	const video = await repeatVideo(piece, path.join(folder, 'long.mp4'), seconds / 10);
	await alias(video, 'video');
	const rows: Row[] = [];
	for (const ending of ['mp3', 'm4a']) {
		const audio = await makeSound(folder, `sound.${ending}`, seconds);
		await alias(audio, `audio-${ending}`);
		const plan = await planOf(folder, `audio-${ending}`);
		const input = {
			video_url: await upload(worker, video),
			audio_url: await upload(worker, audio),
			path: 'bench/',
		};
		const comparison = {
			name: `addaudio, ${seconds / 60} min 1080p, ${ending}`,
			bar: 1.5,
			ours: async () => (await runMeasured(worker, 'addaudio', input)).cpuSeconds,
			bare: () => runBare([copyCommand(plan)], folder),
		};
		rows.push(await compare(comparison, options));
	}
	return rows;
}

async function planOf(folder: string, audioFile: string): Promise<AddAudioPlan> {
	const options = { folder, signal: new AbortController().signal };
	const video = await probeFile('video', 'video', options);
	const audio = await probeFile(audioFile, 'audio', options);
	if (!video.video || !audio.audio) throw new Error('the test media have no picture or no sound');
	return {
		videoFile: 'video',
		video: video.video,
		videoFormats: video.formats,
		audioFile,
		audio: audio.audio,
		seconds: shorterOf(video, audio),
		file: 'bare.mp4',
	};
}
