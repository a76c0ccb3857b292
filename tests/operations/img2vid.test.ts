import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import {
	colourAt,
	makeMedia,
	readFrame,
	source,
	streamValues,
	temporaryFolder,
} from '../support/media-fixtures.ts';
import {
	expectColour,
	expectUpright,
	firstFrame,
	makeSquare,
	prepare,
	squareEdges,
} from './img2vid-support.ts';

test.each(['jpg', 'png', 'webp'])(
	'all eight EXIF orientations of %s come out upright',
	async (ending) => {
		const files = [1, 2, 3, 4, 5, 6, 7, 8].map(
			(orientation) => `orientation-${orientation}.${ending}`,
		);
		using job = prepare({ images: files.map((file) => ({ file })) });
		await job.run();
		for (const position of files.keys()) {
			expectUpright(await readFrame(job.output.file(`video_${position + 1}.mp4`)));
		}
	},
);

test.each(['cmyk.jpg', 'several.jpg', 'animated.gif', 'animated.png'])(
	'%s keeps its colours',
	async (file) => {
		expectUpright(await firstFrame(file));
	},
);

test('grey stays grey, as bright as it was', async () => {
	const frame = await firstFrame('grey.jpg');
	expectColour(frame, [0.25, 0.25], [82, 82, 82]);
	expectColour(frame, [0.75, 0.75], [206, 206, 206]);
});

test.each(['alpha.png', 'palette-alpha.png', 'alpha.webp'])(
	'%s is black where it is transparent',
	async (file) => {
		const frame = await firstFrame(file);
		expectColour(frame, [0.25, 0.5], [255, 255, 255]);
		expectColour(frame, [0.75, 0.5], [0, 0, 0]);
	},
);

test('a clip has the exact frames, form and tags asked for', async () => {
	using job = prepare({
		images: [{ file: 'orientation-1.png', seconds: 0.52, id: 'a' }],
		options: { width: undefined, height: undefined },
	});
	const result = await job.run();
	const file = job.output.file('video_1.mp4');
	const entries = [
		'codec_name',
		'width',
		'height',
		'r_frame_rate',
		'nb_read_frames',
		'pix_fmt',
		'color_space',
		'color_range',
		'sample_aspect_ratio',
	];
	expect(await streamValues(file, 'v:0', entries)).toEqual([
		'h264',
		'1920',
		'1080',
		'24/1',
		'12',
		'yuv420p',
		'bt709',
		'tv',
		'1:1',
	]);
	expect(await streamValues(file, 'a', ['codec_name'])).toEqual(['undefined']);
	expect(result.videos).toEqual([
		{
			id: 'a',
			video_url: `file://${file}`,
			filename: 'video_1.mp4',
			duration_seconds: 0.5,
			encoder: 'libx264',
		},
	]);
});

test('the zoom goes from 1 to 1.324 about the centre', async () => {
	using media = temporaryFolder();
	using job = prepare({
		images: [{ file: await makeSquare(media, 640, 360), seconds: 2 }],
		options: { width: 640, height: 360 },
	});
	await job.run();
	const file = job.output.file('video_1.mp4');
	const [left, right] = squareEdges(await readFrame(file));
	const [endLeft, endRight] = squareEdges(await readFrame(file, 47 / 24));
	expect(Math.abs(right - left - 200 / 640)).toBeLessThan(0.005);
	expect(Math.abs((endRight - endLeft) / (right - left) - (1 + (0.324 * 47) / 48))).toBeLessThan(
		0.02,
	);
	expect(Math.abs(left + right - 1)).toBeLessThan(0.007);
	expect(Math.abs(endLeft + endRight - 1)).toBeLessThan(0.007);
});

test.each([
	{ width: 1000, height: 400 },
	{ width: 400, height: 1000 },
	{ width: 3000, height: 334 },
])('a picture of $width x $height fills the frame undistorted', async ({ width, height }) => {
	using media = temporaryFolder();
	const frame = await firstFrame(await makeSquare(media, width, height), {
		width: 320,
		height: 320,
	});
	const column = (share: number): number => colourAt(frame, 0.5, share)[0];
	const rows = Array.from({ length: 320 }, (_, row) => column(row / 320));
	const tall = rows.filter((value) => value > 127).length / 320;
	const [left, right] = squareEdges(frame);
	expect(Math.abs(right - left - 200 / Math.min(width, height))).toBeLessThan(0.01);
	expect(Math.abs(tall - (right - left))).toBeLessThan(0.01);
});

test('a picture of one pixel fills the frame with its colour', async () => {
	using media = temporaryFolder();
	const dot = await makeMedia(
		...source('color=0x1450c8:s=16x16,format=rgb24,scale=1:1'),
		'-frames:v',
		'1',
		'-pix_fmt',
		'rgb24',
		media.file('dot.png'),
	);
	const frame = await firstFrame(dot);
	expectColour(frame, [0.01, 0.01], [20, 80, 200]);
	expectColour(frame, [0.99, 0.99], [20, 80, 200]);
});

test('clips come in input order with progress that rises, and leave nothing behind', async () => {
	const images = [1, 2, 3, 4, 5].map((at) => ({
		file: `orientation-${at}.png`,
		seconds: at % 2 ? 0.5 : 0.1,
		id: `id ${at}`,
	}));
	using job = prepare({ images, batchSize: 3 });
	const result = await job.run();
	expect(result.videos.map(({ id, filename }) => [id, filename])).toEqual(
		images.map(({ id }, at) => [id, `video_${at + 1}.mp4`]),
	);
	expect(readdirSync(job.folder.path)).toEqual([]);
	const percents = job.context.steps.map(({ percent }) => percent);
	expect(percents).toEqual(percents.toSorted((a, b) => a - b));
	expect(percents.at(-1)).toBeCloseTo(100);
});

test('a bad image is named, and stops the others at once', async () => {
	using media = temporaryFolder();
	writeFileSync(media.file('page.html'), '<html>not a picture</html>');
	const images = [
		{ file: 'orientation-1.png', seconds: 3600, id: 'long' },
		{ file: media.file('page.html'), id: 'page' },
	];
	using job = prepare({ images });
	const started = performance.now();
	await expect(job.run()).rejects.toMatchObject({
		code: 'input_unsupported',
		message: expect.stringMatching(/^Image 2 \(id "page"\): .*web page/),
		details: { image_id: 'page', position: 2 },
	});
	expect(performance.now() - started).toBeLessThan(10_000);
	expect(existsSync(job.output.file('video_1.mp4'))).toBe(false);
});

test('a cancel stops all clips and is not blamed on one of them', async () => {
	const images = [1, 2].map((at) => ({ file: `orientation-${at}.png`, seconds: 3600 }));
	using job = prepare({ images });
	const running = job.run();
	const outcome = expect(running).rejects.toMatchObject({
		code: 'cancelled',
		message: 'The job was cancelled.',
	});
	await vi.waitUntil(() => job.context.commands.length === 2, { timeout: 20_000 });
	const cancelledAt = performance.now();
	job.context.abort();
	await outcome;
	expect(performance.now() - cancelledAt).toBeLessThan(2000);
	expect(readdirSync(job.output.path)).toEqual([]);
});

test('an animated WebP is refused with advice', async () => {
	await expect(firstFrame('animated.webp')).rejects.toThrow(
		'Animated WebP images are not supported',
	);
});
