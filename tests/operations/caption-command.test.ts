import { describe, expect, test } from 'vitest';
import { LIBX264, NVENC } from '../../worker/src/media/encoders.ts';
import { renderCommand } from '../../worker/src/media/render-command.ts';
import {
	burnCommand,
	softCommand,
	type SizedVideo,
} from '../../worker/src/operations/caption/command.ts';
import { sourceLength } from '../../worker/src/operations/caption/source-length.ts';

const PLAIN: SizedVideo = {
	formats: ['mov', 'mp4'],
	durationSeconds: 10,
	sizeBytes: 1,
	video: {
		codec: 'h264',
		width: 1920,
		height: 1080,
		rotation: 0,
		displayWidth: 1920,
		displayHeight: 1080,
		pixelFormat: 'yuv420p',
		framesPerSecond: 30,
		durationSeconds: 10,
		frames: 300,
		startSeconds: 0,
	},
	audio: { codec: 'aac', sampleRate: 48_000, channels: 2, durationSeconds: 10, startSeconds: 0 },
	audioCodecs: ['aac'],
	subtitles: [],
};
const withVideo = (video: Partial<SizedVideo['video']>): SizedVideo => ({
	...PLAIN,
	video: { ...PLAIN.video, ...video },
});
const turnedOdd = withVideo({
	...{ width: 853, height: 481, rotation: 90, displayWidth: 481, displayHeight: 853 },
});
const anamorphic = withVideo({ width: 720, height: 576, displayWidth: 1024, displayHeight: 576 });

describe('the ffmpeg arguments, one a line', () => {
	test.each([
		['burn-libx264', burnCommand(PLAIN, LIBX264)],
		['burn-nvenc', burnCommand(PLAIN, NVENC)],
		['burn-turned-odd', burnCommand(turnedOdd, LIBX264)],
		['burn-anamorphic', burnCommand(anamorphic, LIBX264)],
		['burn-silent', burnCommand({ ...PLAIN, audio: undefined, audioCodecs: [] }, LIBX264)],
		['burn-two-sounds', burnCommand({ ...PLAIN, audioCodecs: ['aac', 'vorbis'] }, LIBX264)],
		['soft-copy', softCommand(PLAIN, 'eng')],
		['soft-hevc', softCommand(withVideo({ codec: 'hevc' }), 'und')],
		['soft-encode', softCommand(withVideo({ codec: 'vp8', width: 1919 }), 'eng', LIBX264)],
	])('%s', async (name, command) => {
		await expect(`${renderCommand(command).join('\n')}\n`).toMatchFileSnapshot(
			`golden/caption-${name}.txt`,
		);
	});
});

test.each([
	['streams that begin together', PLAIN, { video: 10, whole: 10 }],
	[
		'a picture that begins later',
		withVideo({ startSeconds: 2, durationSeconds: 7 }),
		{ video: 9, whole: 10 },
	],
	[
		'no known length',
		{ ...withVideo({ durationSeconds: undefined }), durationSeconds: undefined },
		{ video: Infinity, whole: Infinity },
	],
])('sourceLength of %s', (_, media, expected) => expect(sourceLength(media)).toEqual(expected));
