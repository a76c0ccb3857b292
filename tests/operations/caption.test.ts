import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	BEEPS,
	makeMedia,
	source,
	streamValues,
	temporaryFolder,
} from '../support/media-fixtures.ts';
import {
	captionFile,
	changedBox,
	difference,
	frameTimes,
	packetSum,
	type Difference,
	type Region,
} from './caption-support.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

const SRT = '1\n00:00:00,500 --> 00:00:01,500\nHello world\n';
/** Share of the lower part that two words cover at least. */
const TEXT_SHARE = 0.005;
const CODING_NOISE = 4;
const FAST = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '12', '-pix_fmt', 'yuv420p'];
const pattern = (size: string) =>
	source(`testsrc2=s=${size}:r=25:d=2,eq=saturation=0.5:contrast=0.4`);

let landscape: string;
beforeAll(async () => {
	landscape = await makeMedia(
		...pattern('320x180'),
		...source(`${BEEPS}:d=2`),
		...FAST,
		...['-c:a', 'aac', folder.file('landscape.mp4')],
	);
});

/** The caption is in the lower part of the picture while it should be, and nothing else changed. */
async function expectCaption(
	pair: readonly [string, string],
	size: readonly [number, number],
): Promise<void> {
	const at = (seconds: number, region: Region) => difference(pair, seconds, { size, region });
	expect((await at(1, { top: 0.6 })).clear).toBeGreaterThan(TEXT_SHARE);
	expectSame(await at(1, { bottom: 0.6 }));
	for (const outside of [0.2, 1.8]) expectSame(await at(outside, {}));
}

function expectSame(found: Difference): void {
	expect(found.clear).toBe(0);
	expect(found.mean).toBeLessThan(CODING_NOISE);
}

describe('burning captions in', () => {
	test('draws the text while its cue lasts and copies the sound', async () => {
		const { result, file, warnings } = await captionFile(
			landscape,
			{ subtitles: SRT },
			folder.path,
		);
		await expectCaption([landscape, file], [320, 180]);
		expect(await packetSum(file, 'a')).toBe(await packetSum(landscape, 'a'));
		expect(await frameTimes(file)).toEqual(await frameTimes(landscape));
		expect(result).toMatchObject({
			filename: 'captioned.mp4',
			duration_seconds: 2,
			width: 320,
			height: 180,
			cues: 1,
			encoder: 'libx264',
		});
		expect(await streamValues(file, 'v:0', ['pix_fmt', 'codec_name'])).toEqual(['yuv420p', 'h264']);
		expect(warnings).toEqual([]);
	});

	test('stands upright at the bottom of a video turned by its metadata', async () => {
		const turned = await makeMedia(
			...['-i', landscape, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', folder.file('turned.mp4')],
		);
		const { result, file } = await captionFile(turned, { subtitles: SRT }, folder.path);
		await expectCaption([turned, file], [180, 320]);
		expect(result).toMatchObject({ width: 180, height: 320 });
		expect(await streamValues(file, 'v:0', ['width', 'height', 'side_data_list'])).toEqual([
			'180',
			'320',
			'undefined',
		]);
	});

	test('accepts odd sizes and videos without sound', async () => {
		const odd = await makeMedia(
			...pattern('321x181'),
			...['-c:v', 'ffv1', '-pix_fmt', 'yuv444p', folder.file('odd.mkv')],
		);
		const { result, file } = await captionFile(odd, { subtitles: SRT }, folder.path);
		await expectCaption([odd, file], [320, 180]);
		expect(result).toMatchObject({ width: 320, height: 180, duration_seconds: 2 });
	});

	test('does not stretch the text where pixels are not square', async () => {
		const grey = 'color=gray:r=25:d=2';
		const square = await makeMedia(
			...source(`${grey}:s=640x360`),
			...FAST,
			folder.file('square.mp4'),
		);
		const narrow = await makeMedia(
			...source(`${grey}:s=320x360,setsar=2`),
			...FAST,
			folder.file('narrow.mp4'),
		);
		const size = [640, 360] as const;
		const [wanted, found] = await Promise.all(
			[square, narrow].map(async (video) => {
				const { file, result } = await captionFile(video, { subtitles: SRT }, folder.path);
				expect(result).toMatchObject({ width: 640, height: 360 });
				return changedBox([video, file], 1, size);
			}),
		);
		for (const side of ['left', 'right', 'top', 'bottom'] as const) {
			expect(Math.abs((found?.[side] ?? 0) - (wanted?.[side] ?? 0))).toBeLessThanOrEqual(6);
		}
	});

	test('keeps the uneven frame times of a phone or screen recording', async () => {
		const uneven = await makeMedia(
			...source('testsrc2=s=320x180:r=100:d=2'),
			...[
				'-vf',
				"select='not(mod(n,7))+eq(mod(n,31),3)'",
				'-fps_mode',
				'vfr',
				'-enc_time_base',
				'1:90000',
			],
			...[...FAST, folder.file('uneven.mp4')],
		);
		const { file } = await captionFile(uneven, { subtitles: SRT }, folder.path);
		const [before, after] = [await frameTimes(uneven), await frameTimes(file)];
		expect(after.length).toBe(before.length);
		before.forEach((time, index) => expect(after[index]).toBeCloseTo(time, 3));
	});

	test('keeps every sound track, encoding only those that MP4 has no code for', async () => {
		const two = await makeMedia(
			...pattern('320x180'),
			...source('sine=d=2'),
			...[
				'-map',
				'0:v',
				'-map',
				'1:a',
				'-map',
				'1:a',
				'-c:a:0',
				'libmp3lame',
				'-c:a:1',
				'libvorbis',
			],
			...[...FAST, folder.file('two.mkv')],
		);
		const { file } = await captionFile(two, { subtitles: SRT }, folder.path);
		expect(await streamValues(file, 'a:0', ['codec_name'])).toEqual(['mp3']);
		expect(await streamValues(file, 'a:1', ['codec_name'])).toEqual(['aac']);
		expect(await packetSum(file, 'a:0')).toBe(await packetSum(two, 'a:0'));
	});

	test.each([
		['opus', 'libopus', 'webm', 'libvpx'],
		['mp3', 'libmp3lame', 'avi', 'mpeg4'],
		['ac3', 'ac3', 'ts', 'libx264'],
	])('copies %s sound', async (codec, encoder, ending, video) => {
		const media = await makeMedia(
			...pattern('160x90'),
			...source('sine=r=48000:d=2'),
			...['-c:v', video, '-c:a', encoder, folder.file(`${codec}.${ending}`)],
		);
		const { file } = await captionFile(media, { subtitles: SRT }, folder.path);
		expect(await streamValues(file, 'a:0', ['codec_name'])).toEqual([codec]);
		await expectCaption([media, file], [160, 90]);
	});

	test('accepts a browser recording, whose header tells no length', async () => {
		const live = await makeMedia(
			...[...pattern('160x90'), ...source('sine=r=48000:d=2')],
			...[
				'-c:v',
				'libvpx',
				'-c:a',
				'libopus',
				'-f',
				'webm',
				'-live',
				'1',
				folder.file('live.webm'),
			],
		);
		const { result, file } = await captionFile(live, { subtitles: SRT }, folder.path);
		expect(result.duration_seconds).toBeCloseTo(2, 1);
		expect((await frameTimes(file)).length).toBe(50);
	});

	test('keeps sound that is longer than the picture', async () => {
		const long = await makeMedia(
			...pattern('160x90'),
			...source('sine=d=4'),
			...[...FAST, '-c:a', 'aac', folder.file('long-sound.mp4')],
		);
		const { result, file } = await captionFile(long, { subtitles: SRT }, folder.path);
		expect(result.duration_seconds).toBeCloseTo(4, 1);
		expect(await packetSum(file, 'a')).toBe(await packetSum(long, 'a'));
	});
});

describe('what the subtitles say', () => {
	test('draws an ASS file in its own styles', async () => {
		const ass = [
			'[Script Info]\nScriptType: v4.00+\nPlayResX: 320\nPlayResY: 180\n',
			'[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, Alignment, Outline, BorderStyle, MarginV',
			'Style: Top,DejaVu Sans,36,&H000000FF,8,2,1,4\n',
			'[Fonts]\nfontname: own.ttf\n!!!!\n',
			'[Events]\nFormat: Layer, Start, End, Style, Text',
			'Dialogue: 0,0:00:00.50,0:00:01.50,Top,Own style',
		].join('\n');
		const { file, result, warnings } = await captionFile(
			landscape,
			{ subtitles: ass },
			folder.path,
		);
		const size = [320, 180] as const;
		const pair = [landscape, file] as const;
		const above = await difference(pair, 1, { size, region: { bottom: 0.3 } });
		expect(above.clear).toBeGreaterThan(TEXT_SHARE);
		expectSame(await difference(pair, 1, { size, region: { top: 0.5 } }));
		expect(result.cues).toBe(1);
		expect(warnings).toEqual([expect.stringContaining('Fonts inside the ASS file')]);
	});

	test('treats text as text, whatever it looks like', async () => {
		const nasty = `1\n00:00:00,500 --> 00:00:01,500\n';movie=/etc/passwd[x];[x]\\N{\\fs400\nC:\\new\\hat %{x}\n`;
		const { file, context } = await captionFile(landscape, { subtitles: nasty }, folder.path);
		await expectCaption([landscape, file], [320, 180]);
		expect(JSON.stringify(context.commands)).not.toContain('passwd');
	});

	test('reads a UTF-16 file from a URL and warns of one whose encoding is a guess', async () => {
		const utf16 = folder.file('utf16.srt');
		await writeFile(utf16, Buffer.from(`\uFEFF${SRT.replaceAll('\n', '\r\n')}`, 'utf16le'));
		const latin = folder.file('latin1.srt');
		await writeFile(latin, Buffer.from(SRT.replace('Hello', 'Olá, você é'), 'latin1'));
		const first = await captionFile(landscape, { file: utf16 }, folder.path);
		await expectCaption([landscape, first.file], [320, 180]);
		expect(first.warnings).toEqual([]);
		const second = await captionFile(landscape, { file: latin }, folder.path);
		expect(second.warnings).toEqual([expect.stringContaining('Latin-1')]);
	});

	test('stacks captions that overlap, and none moves while it is shown', async () => {
		const both = `${SRT}\n2\n00:00:00,900 --> 00:00:01,900\nSecond one\n`;
		const { file, result } = await captionFile(landscape, { subtitles: both }, folder.path);
		const boxAt = (seconds: number) => changedBox([landscape, file], seconds, [320, 180]);
		const [first, stacked, second] = [await boxAt(0.7), await boxAt(1.2), await boxAt(1.7)];
		expect(result.cues).toBe(2);
		expect(Math.abs(stacked.bottom - first.bottom)).toBeLessThanOrEqual(2);
		expect(Math.abs(stacked.top - second.top)).toBeLessThanOrEqual(2);
		expect(second.bottom).toBeLessThan(first.top + 4);
	});

	test.each([
		'W'.repeat(120),
		'人人生而自由在尊严和权利上一律平等'.repeat(4),
		'many words '.repeat(60),
	])('keeps %j inside the picture', async (text) => {
		const subtitles = `1\n00:00:00,500 --> 00:00:01,500\n${text}\n`;
		const { file } = await captionFile(landscape, { subtitles }, folder.path);
		const box = await changedBox([landscape, file], 1, [320, 180]);
		expect(box.left).toBeGreaterThan(320 * 0.05);
		expect(box.right).toBeLessThan(320 * 0.95);
		expect(box.top).toBeGreaterThan(180 * 0.05);
		expect(box.bottom).toBeLessThan(180 * 0.95);
	});

	test('counts what is shown and tells of captions after the end', async () => {
		const late = `${SRT}\n2\n00:01:00,000 --> 00:01:01,000\nToo late\n`;
		const { result, warnings } = await captionFile(landscape, { subtitles: late }, folder.path);
		expect(result.cues).toBe(1);
		expect(warnings).toEqual(["1 caption begins after the video's end and was left out."]);
	});

	test.each([
		['1\n00:01:00,000 --> 00:01:01,000\nToo late', /2\.0 s long/],
		['1\n00:00:01,000 --> 00:00:00,000\nBackwards', /No caption has/],
		['Just some words', /known format/],
		['   ', /empty/],
	])('refuses %j with a clear message', async (subtitles, message) => {
		const job = captionFile(landscape, { subtitles }, folder.path);
		await expect(job).rejects.toMatchObject({
			code: 'input_unsupported',
			message: expect.stringMatching(message) as string,
		});
	});

	test('accepts text whose line ends came as written-out \\n', async () => {
		const flat = SRT.trimEnd().replaceAll('\n', '\\n');
		const { file } = await captionFile(landscape, { subtitles: flat }, folder.path);
		await expectCaption([landscape, file], [320, 180]);
	});
});
