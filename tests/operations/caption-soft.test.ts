import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeMedia, source, streamValues, temporaryFolder } from '../support/media-fixtures.ts';
import { captionFile, packetSum, subtitleTrack } from './caption-support.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

let video: string;
beforeAll(async () => {
	video = await makeMedia(
		...source('testsrc2=s=160x90:r=25:d=4'),
		...source('sine=d=4'),
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'],
		folder.file('video.mp4'),
	);
});

const soft = (subtitles: string, more: object = {}, file = video) =>
	captionFile(file, { mode: 'soft', subtitles, ...more }, folder.path);

/** Start, end and text of each caption of the track. */
async function readTrack(file: string): Promise<string[]> {
	const track = await subtitleTrack(file);
	return track
		.trim()
		.split(/\n\n+/)
		.map((block) => block.split('\n').slice(1).join('|'));
}

describe('soft captions', () => {
	test('add a track in the language asked for and copy all else', async () => {
		const srt =
			'1\n00:00:00,500 --> 00:00:01,500\nFirst\nsecond line\n\n2\n00:00:02,000 --> 00:00:03,000\n<i>Größe</i> 漢字\n';
		const { result, file, warnings } = await soft(srt, { language: 'deu' });
		expect(await readTrack(file)).toEqual([
			'00:00:00,500 --> 00:00:01,500|First|second line',
			'00:00:02,000 --> 00:00:03,000|<i>Größe</i> 漢字',
		]);
		expect(await packetSum(file, 'v')).toBe(await packetSum(video, 'v'));
		expect(await packetSum(file, 'a')).toBe(await packetSum(video, 'a'));
		expect(await trackFacts(file)).toEqual({ codec: 'mov_text', language: 'deu', isDefault: 1 });
		expect(result).toMatchObject({ encoder: 'copy', cues: 2, duration_seconds: 4, width: 160 });
		expect(warnings).toEqual([]);
	});

	test('show overlapping captions together, because a track shows one at a time', async () => {
		const srt =
			'1\n00:00:00,000 --> 00:00:02,000\nA\n\n2\n00:00:01,000 --> 00:00:03,000\nB\n\n3\n00:00:03,500 --> 00:00:09,000\nC\n';
		const { file } = await soft(srt);
		expect(await readTrack(file)).toEqual([
			'00:00:00,000 --> 00:00:01,000|A',
			'00:00:01,000 --> 00:00:02,000|A|B',
			'00:00:02,000 --> 00:00:03,000|B',
			'00:00:03,500 --> 00:00:04,000|C',
		]);
	});

	test.each(['{braces} and \\N backslash', '5 < 6 > 4 & co', '<b', 'a <tag> in text', '{\\q} x'])(
		'keep the text %j as it is',
		async (text) => {
			const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
			const vtt = `WEBVTT\n\n00:00.500 --> 00:01.500\n${escaped.replace('{\\q}', '&#123;\\q}')}\n`;
			const { file } = await soft(vtt);
			expect(await readTrack(file)).toEqual([`00:00:00,500 --> 00:00:01,500|${text}`]);
		},
	);

	test('take the words of an ASS file', async () => {
		const ass =
			'[Script Info]\n[V4+ Styles]\nStyle: Default,Arial,20\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\pos(1,2)}One, two\\Nthree\n';
		const { file } = await soft(ass);
		expect(await readTrack(file)).toEqual(['00:00:01,000 --> 00:00:02,000|One, two|three']);
	});

	test('replace the tracks a video already has', async () => {
		const first = await soft('1\n00:00:00,000 --> 00:00:01,000\nOld\n');
		const second = await soft('1\n00:00:00,000 --> 00:00:01,000\nNew\n', {}, first.file);
		expect(await readTrack(second.file)).toEqual(['00:00:00,000 --> 00:00:01,000|New']);
		await expect(streamValues(second.file, 's:1', ['codec_name'])).resolves.toEqual(['undefined']);
	});

	test('encode a picture that MP4 cannot hold, and say so', async () => {
		const webm = await makeMedia(
			...source('testsrc2=s=161x91:r=25:d=2'),
			...source('sine=d=2'),
			...['-c:v', 'libvpx', '-c:a', 'libvorbis', folder.file('old.webm')],
		);
		const { file, result, warnings } = await soft(
			'1\n00:00:00,500 --> 00:00:01,000\nHi\n',
			{},
			webm,
		);
		expect(result).toMatchObject({ encoder: 'libx264', width: 160, height: 90 });
		expect(await streamValues(file, 'v:0', ['codec_name'])).toEqual(['h264']);
		expect(await streamValues(file, 'a:0', ['codec_name'])).toEqual(['aac']);
		expect(await readTrack(file)).toEqual(['00:00:00,500 --> 00:00:01,000|Hi']);
		expect(warnings).toEqual([expect.stringContaining('vp8')]);
	});

	test('keep the rotation of the picture', async () => {
		const turned = await makeMedia(
			...['-i', video, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', folder.file('turned.mp4')],
		);
		const { file, result } = await soft('1\n00:00:00,500 --> 00:00:01,000\nHi\n', {}, turned);
		expect(result).toMatchObject({ width: 90, height: 160 });
		const rotation = async (of: string) =>
			(await execa('ffprobe', ['-v', 'error', '-show_streams', of])).stdout.match(
				/rotation=.*/,
			)?.[0];
		expect(await rotation(file)).toBe(await rotation(turned));
		expect(await rotation(file)).toBeDefined();
	});
});

async function trackFacts(file: string) {
	const { stdout } = await execa('ffprobe', [
		...['-v', 'error', '-select_streams', 's:0', '-show_streams', '-of', 'json', file],
	]);
	const [track] = (
		JSON.parse(stdout) as {
			streams: {
				codec_name: string;
				tags: { language: string };
				disposition: { default: number };
			}[];
		}
	).streams;
	return {
		codec: track?.codec_name,
		language: track?.tags.language,
		isDefault: track?.disposition.default,
	};
}
