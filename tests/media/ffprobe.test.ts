import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { InputKind } from '../../worker/src/media/args.ts';
import { probeFile } from '../../worker/src/media/ffprobe.ts';
import { BEEPS, makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';

const { signal } = new AbortController();
const probe = (folder: string, file: string, kind: InputKind) =>
	probeFile(file, kind, { folder, signal });

test('tells size, rotation, lengths and codecs of a rotated video with cover art', async () => {
	using folder = temporaryFolder();
	await makeMedia(
		...source('testsrc=s=160x120:r=25:d=1'),
		...source(BEEPS),
		'-t',
		'1',
		'-pix_fmt',
		'yuv420p',
		folder.file('plain.mp4'),
	);
	await makeMedia(...source('color=red:s=32x32'), '-frames:v', '1', folder.file('cover.png'));
	// 5.1 writes this tag as a matrix that turns counter-clockwise; later versions have -display_rotation.
	await makeMedia(
		...[
			'-i',
			folder.file('cover.png'),
			'-i',
			folder.file('plain.mp4'),
			'-map',
			'0',
			'-map',
			'1',
			'-c',
			'copy',
		],
		...[
			'-disposition:v:0',
			'attached_pic',
			'-metadata:s:v:1',
			'rotate=90',
			folder.file('video.mp4'),
		],
	);
	const info = await probe(folder.path, 'video.mp4', 'video');
	expect(info.video).toMatchObject({ codec: 'h264', width: 160, height: 120, rotation: 270 });
	expect(info.video).toMatchObject({
		displayWidth: 120,
		displayHeight: 160,
		framesPerSecond: 25,
		frames: 25,
	});
	expect(info.audio).toMatchObject({ codec: 'aac', sampleRate: 44100, channels: 1 });
	expect(info.durationSeconds).toBeCloseTo(1, 1);
});

test('shows anamorphic video at its display size', async () => {
	using folder = temporaryFolder();
	await makeMedia(
		...source('testsrc=s=72x58:r=25:d=0.2'),
		'-vf',
		'setsar=64/45',
		folder.file('wide.mp4'),
	);
	const { video } = await probe(folder.path, 'wide.mp4', 'video');
	expect([video?.width, video?.displayWidth, video?.displayHeight]).toEqual([72, 102, 58]);
});

test.each([
	{ name: 'raw.aac', args: [] },
	{ name: 'vbr.mp3', args: ['-q:a', '5', '-write_xing', '0'] },
])('measures the length of $name, which has no index', async ({ name, args }) => {
	using folder = temporaryFolder();
	await makeMedia(...source(BEEPS), '-t', '5', ...args, folder.file(name));
	const { audio } = await probe(folder.path, name, 'audio');
	expect(Math.abs((audio?.durationSeconds ?? 0) - 5)).toBeLessThan(0.1);
});

test('measures a video whose header was written before its end was known', async () => {
	using folder = temporaryFolder();
	await makeMedia(
		...source('testsrc=s=64x48:r=25:d=1'),
		'-live',
		'1',
		'-c:v',
		'libvpx',
		folder.file('live.webm'),
	);
	const { durationSeconds } = await probe(folder.path, 'live.webm', 'video');
	expect(durationSeconds).toBeCloseTo(1, 1);
});

test.each([
	{ what: 'a web page', content: '<!DOCTYPE html><html></html>', says: /web page/ },
	{ what: 'JSON', content: '{"error": "not found"}', says: /JSON/ },
	{
		what: 'an XML error',
		content: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
		says: /XML/,
	},
	{ what: 'a playlist', content: '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n', says: /playlist/ },
	{
		what: 'an ffmpeg script',
		content: "ffconcat version 1.0\nfile '/etc/passwd'\n",
		says: /playlist/,
	},
	{ what: 'nothing', content: '', says: /empty/ },
	{ what: 'noise', content: Buffer.from([7, 1, 99, 3, 4, 255, 6, 0, 12]), says: /Use an MP4/ },
])('refuses $what with words that help', async ({ content, says }) => {
	using folder = temporaryFolder();
	writeFileSync(folder.file('input'), content);
	await expect(probe(folder.path, 'input', 'video')).rejects.toMatchObject({
		code: 'input_unsupported',
		message: expect.stringMatching(says),
	});
});

test('names what a file contains when it lacks the stream', async () => {
	using folder = temporaryFolder();
	await makeMedia(...source(BEEPS), '-t', '0.2', folder.file('sound.m4a'));
	await makeMedia(...source('color=red:s=32x32:d=0.2'), folder.file('mute.mp4'));
	await expect(probe(folder.path, 'sound.m4a', 'video')).rejects.toThrow('only sound (aac)');
	await expect(probe(folder.path, 'mute.mp4', 'audio')).rejects.toThrow('only video (h264)');
});

test('refuses a picture of more than 50 million pixels', async () => {
	using folder = temporaryFolder();
	await makeMedia(
		...source('color=gray:s=9000x6000'),
		'-frames:v',
		'1',
		'-pix_fmt',
		'gray',
		folder.file('big.png'),
	);
	await expect(probe(folder.path, 'big.png', 'image')).rejects.toThrow('50 million pixels');
});
