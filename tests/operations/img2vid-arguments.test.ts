import { expect, test } from 'vitest';
import { LIBX264, NVENC } from '../../worker/src/media/encoders.ts';
import {
	clipCommand,
	frameCount,
	type ClipPlan,
} from '../../worker/src/operations/img2vid/command.ts';
import { argumentLines, golden } from './golden-arguments.ts';

const plan: ClipPlan = {
	...{
		image: 'image_1',
		imageWidth: 3000,
		imageHeight: 4000,
		orientation: 6,
		pixelFormat: 'yuvj420p',
	},
	...{ width: 1920, height: 1080, fps: 24, frames: 96, file: 'video_1.mp4' },
};

test('the arguments are the golden ones', () => {
	expect(argumentLines(clipCommand(plan, LIBX264))).toBe(golden('img2vid-libx264'));
	expect(argumentLines(clipCommand(plan, NVENC))).toBe(golden('img2vid-nvenc'));
});

test.each([
	{ seconds: 4, fps: 24, frames: 96 },
	{ seconds: 2.52, fps: 24, frames: 60 },
	{ seconds: 0.1, fps: 24, frames: 2 },
	{ seconds: 0.1, fps: 1, frames: 1 },
])('$seconds s at $fps frames a second are $frames frames', ({ seconds, fps, frames }) => {
	expect(frameCount(seconds, fps)).toBe(frames);
});

test('the picture zoompan works on stays bounded for large outputs', () => {
	const { output } = clipCommand({ ...plan, width: 4096, height: 2160 }, LIBX264);
	const filters = String(output.find((group) => group?.[0] === '-vf')?.[1]);
	const [, width, height] = /scale=(\d+):(\d+)/.exec(filters) ?? [];
	expect(Number(width) * Number(height)).toBeLessThan(26_000_000);
	expect(Number(width)).toBeGreaterThan(4096 * 1.324);
});
