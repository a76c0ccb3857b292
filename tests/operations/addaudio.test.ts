import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIBX264 } from '../../worker/src/media/encoders.ts';
import type { AudioStream, VideoStream } from '../../worker/src/media/media-info.ts';
import { copyCommand, encodeCommand } from '../../worker/src/operations/addaudio/command.ts';
import { addAudioInput } from '../../worker/src/operations/addaudio/contract.ts';
import { addaudio } from '../../worker/src/operations/addaudio/index.ts';
import {
	BEEPS,
	makeMedia,
	soundStarts,
	source,
	streamValues,
	temporaryFolder,
} from '../support/media-fixtures.ts';
import { createTestContext } from '../support/test-context.ts';
import { argumentLines, golden } from './golden-arguments.ts';

const media = temporaryFolder();
afterAll(() => media[Symbol.dispose]());

/** 3 s of 25 frames with B-frames and a sound that the new one has to replace. */
beforeAll(async () => {
	const picture = [...source('testsrc=s=160x120:r=25:d=3'), ...source('anoisesrc=a=0.5:d=3')];
	await makeMedia(...picture, '-pix_fmt', 'yuv420p', media.file('video.mp4'));
	await makeMedia('-i', media.file('video.mp4'), '-c', 'copy', media.file('video.mkv'));
	await makeMedia('-i', media.file('video.mp4'), '-c', 'copy', media.file('video.ts'));
	await makeMedia(
		...source('testsrc=s=161x121:r=25:d=1'),
		'-c:v',
		'libvpx',
		media.file('vp8.webm'),
	);
	await makeMedia(
		'-i',
		media.file('video.mp4'),
		'-c',
		'copy',
		'-metadata:s:v',
		'rotate=90',
		media.file('turned.mp4'),
	);
	for (const ending of ['mp3', 'aac', 'm4a', 'wav', 'flac', 'ogg', 'opus']) {
		await makeMedia(...source(BEEPS), '-t', '2', media.file(`short.${ending}`));
		await makeMedia(...source(BEEPS), '-t', '5', media.file(`long.${ending}`));
	}
	await makeMedia(...source('color=red:s=32x32'), '-frames:v', '1', media.file('cover.png'));
	await makeMedia(
		...['-i', media.file('short.mp3'), '-i', media.file('cover.png'), '-map', '0', '-map', '1'],
		...['-c', 'copy', '-disposition:v', 'attached_pic', media.file('cover.mp3')],
	);
});

async function exchange(video: string, audio: string) {
	const folder = temporaryFolder();
	const output = temporaryFolder();
	const files = { 'https://host/v': media.file(video), 'https://host/a': media.file(audio) };
	const context = createTestContext({ files, folder: folder.path, output: output.path });
	const input = addAudioInput.parse({ video_url: 'https://host/v', audio_url: 'https://host/a' });
	const result = await addaudio.run(input, context);
	const file = output.file(result.filename);
	const [videoSeconds, frames] = await streamValues(file, 'v:0', ['duration', 'nb_read_frames']);
	const [audioSeconds, codec] = await streamValues(file, 'a:0', ['duration', 'codec_name']);
	return {
		...{ result, context, file, codec, folder, frames: Number(frames) },
		videoSeconds: Number(videoSeconds),
		audioSeconds: Number(audioSeconds),
		[Symbol.dispose]: () => [folder, output].forEach((made) => made[Symbol.dispose]()),
	};
}

/** Two frames at 25 a second: a cut of a copied stream is exact to a frame, compressed sound to 1024 samples. */
const CLOSE = 0.09;

const within = (actual: number, wanted: number): void =>
	expect(Math.abs(actual - wanted)).toBeLessThanOrEqual(CLOSE);

test.each(['mp3', 'aac', 'm4a', 'wav', 'flac', 'ogg', 'opus'])(
	'shorter %s cuts the video, and its beeps are where they were',
	async (ending) => {
		using made = await exchange('video.mp4', `short.${ending}`);
		expect(made.codec).toBe('aac');
		expect(made.result).toMatchObject({ encoder: 'copy', audio_codec: 'aac' });
		expect(made.result.audio_copied).toBe(['aac', 'm4a'].includes(ending));
		within(made.videoSeconds, 2);
		within(made.audioSeconds, 2);
		within(made.result.duration_seconds, 2);
		within((await soundStarts(made.file))[0] ?? 0, 1);
		expect(made.context.commands).toHaveLength(1);
	},
);

test.each([0, 1, 3, 8])(
	'with %i B-frames the result ends where the sound does, to the frame',
	async (count) => {
		const bFrames = ['-bf', `${count}`, '-x264-params', 'b-adapt=0'];
		await makeMedia(
			...source('testsrc2=s=160x120:r=24:d=3'),
			...bFrames,
			media.file('b-frames.mp4'),
		);
		await makeMedia(...source('sine=d=1.045'), media.file('odd.wav'));
		using made = await exchange('b-frames.mp4', 'odd.wav');
		const frames = await streamValues(made.file, 'v:0', ['nb_read_frames']);
		// 25 frames end at 1.0417 s; the 26th begins there and is cut short.
		expect(frames).toEqual(['26']);
		for (const seconds of [made.videoSeconds, made.audioSeconds, made.result.duration_seconds]) {
			expect(Math.abs(seconds - 1.045)).toBeLessThan(0.002);
		}
	},
);

test.each(['video.mp4', 'video.mkv', 'video.ts'])('longer sound is cut to %s', async (video) => {
	using made = await exchange(video, 'long.mp3');
	expect(made.frames).toBe(75);
	within(made.audioSeconds, 3);
	const beeps = await soundStarts(made.file);
	within(beeps[0] ?? 0, 1);
	within(beeps[1] ?? 0, 2);
});

test('the picture is copied bit by bit, with its rotation', async () => {
	using made = await exchange('turned.mp4', 'long.m4a');
	const hash = async (file: string): Promise<string> => {
		const target = `${made.folder.file(path.basename(file))}.md5`;
		await makeMedia('-i', file, '-map', '0:v', '-c', 'copy', '-f', 'md5', target);
		return readFileSync(target, 'utf8');
	};
	expect(await hash(made.file)).toBe(await hash(media.file('turned.mp4')));
	const sideData = await streamValues(made.file, 'v:0', ['side_data_list']);
	expect(sideData).toEqual(await streamValues(media.file('turned.mp4'), 'v:0', ['side_data_list']));
});

test('cover art in the sound file does no harm, and the inputs are gone before the upload', async () => {
	using made = await exchange('video.mp4', 'cover.mp3');
	within(made.videoSeconds, 2);
	expect(readdirSync(made.folder.path)).toEqual([]);
	expect(made.context.steps.map(({ stage }) => stage)).toContain('muxing');
});

test('sound that ends before its header says so cuts the result there', async () => {
	const bytes = readFileSync(media.file('long.wav'));
	writeFileSync(media.file('cut-off.wav'), bytes.subarray(0, 44_100 * 2));
	using made = await exchange('video.mp4', 'cut-off.wav');
	within(made.videoSeconds, 1);
	within(made.audioSeconds, 1);
});

test('a picture that MP4 cannot hold is encoded again, and the result says so', async () => {
	using made = await exchange('vp8.webm', 'long.mp3');
	expect(made.result.encoder).toBe('libx264');
	expect(await streamValues(made.file, 'v:0', ['codec_name', 'width', 'height'])).toEqual([
		'h264',
		'160',
		'120',
	]);
	expect(made.context.warnings.join()).toContain('vp8');
});

test('the pictures of an AVI, which are stored out of order and without times, are shown in order', async () => {
	const reordered = ['-c:v', 'mpeg4', '-bf', '2', media.file('reordered.avi')];
	await makeMedia(...source('testsrc=s=160x120:r=25:d=1'), ...reordered);
	using made = await exchange('reordered.avi', 'long.mp3');
	const entries = ['-show_entries', 'frame=pts_time', '-of', 'csv=p=0', made.file];
	const { stdout } = await execa('ffprobe', ['-v', 'error', '-select_streams', 'v', ...entries]);
	const shown = stdout.trim().split(/\s+/).map(Number.parseFloat);
	expect(shown.length).toBeGreaterThan(20);
	expect(shown).toEqual(shown.toSorted((a, b) => a - b));
	expect(made.context.warnings.join()).toContain('AVI');
});

test('errors name the input they are about', async () => {
	await expect(exchange('video.mp4', 'cover.png')).rejects.toThrow(/^audio_url: .*Use an MP3/);
	await expect(exchange('long.mp3', 'long.mp3')).rejects.toThrow(/^video_url: .*Use an MP4/);
	copyFileSync(media.file('vp8.webm'), media.file('mute.webm'));
	await expect(exchange('video.mp4', 'mute.webm')).rejects.toThrow(
		'audio_url: The file has no sound in it',
	);
});

const video: VideoStream = {
	...{
		codec: 'hevc',
		width: 1920,
		height: 1080,
		rotation: 0,
		displayWidth: 1920,
		displayHeight: 1080,
	},
	...{
		pixelFormat: 'yuv420p',
		framesPerSecond: 25,
		durationSeconds: 10,
		frames: 250,
		startSeconds: 0,
	},
};
const audio: AudioStream = {
	codec: 'flac',
	sampleRate: 96_000,
	channels: 6,
	durationSeconds: 8,
	startSeconds: 0,
};
const plan = {
	videoFile: 'video',
	video,
	videoFormats: ['mov'],
	audioFile: 'audio',
	audio,
	seconds: 8,
	file: 'output.mp4',
};

test('the arguments are the golden ones', () => {
	expect(argumentLines(copyCommand(plan))).toBe(golden('addaudio-copy'));
	expect(argumentLines(encodeCommand(plan, LIBX264))).toBe(golden('addaudio-encode'));
});
