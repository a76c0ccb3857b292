import { execa } from 'execa';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A scene of the test video: a still of one plain colour, a spoken narration of its own length, and a caption. */
export interface Scene {
	readonly colour: 'red' | 'green' | 'blue';
	readonly image: string;
	readonly size: string;
	readonly narration: string;
	readonly spoken: string;
	/** Length of the narration in seconds; each shorter than the clip, so that it is the length of the result. */
	readonly seconds: number;
	readonly caption: string;
}

/** Three kinds of image and of sound, in three shapes. Lengths and captions grow, so that a swap would show. */
export const SCENES: readonly Scene[] = [
	{
		colour: 'red',
		image: 'red.png',
		size: '640x360',
		narration: 'one.mp3',
		spoken: 'Once upon a time there was a lighthouse.',
		seconds: 1,
		caption: 'One',
	},
	{
		colour: 'green',
		image: 'green.jpg',
		size: '360x640',
		narration: 'two.wav',
		spoken: 'Every evening its keeper lit the lamp.',
		seconds: 1.4,
		caption: 'Two words',
	},
	{
		colour: 'blue',
		image: 'blue.webp',
		size: '500x500',
		narration: 'three.ogg',
		spoken: 'And the ships came home through the storm.',
		seconds: 1.8,
		caption: 'Three words and more',
	},
];

/** Length of each clip in seconds: longer than every narration. */
export const CLIP_SECONDS = 2;

/** Seconds by which a sound may miss its length: MP3 and AAC add part of a frame at each end. */
export const SOUND_TOLERANCE = 0.1;

/** Seconds for the picture, which ends where the sound does. */
export const PICTURE_TOLERANCE = SOUND_TOLERANCE;

/** Seconds at which plain.srt shows its only cue, and at which it shows none. */
export const PLAIN_CUE_TIMES = [0.5, 1.5] as const;

const PLAIN_SRT = '1\n00:00:00,000 --> 00:00:01,000\nOnly in the first half\n';

const ffmpeg = (...args: string[]) =>
	execa('ffmpeg', ['-hide_banner', '-nostdin', '-loglevel', 'error', '-y', ...args]);

async function makeScene(folder: string, scene: Scene): Promise<void> {
	const still = `color=${scene.colour}:size=${scene.size}`;
	await ffmpeg('-f', 'lavfi', '-i', still, '-frames:v', '1', join(folder, scene.image));
	const speech = join(folder, `${scene.narration}.espeak.wav`);
	await execa('espeak-ng', ['-w', speech, scene.spoken]);
	await ffmpeg(
		'-i',
		speech,
		'-t',
		String(scene.seconds),
		'-ar',
		'44100',
		join(folder, scene.narration),
	);
}

/** The stills and narrations of {@link SCENES}, and a silent video `plain.mp4`, longer than each narration, with `plain.srt`. */
export async function makeMedia(folder: string): Promise<void> {
	for (const scene of SCENES) await makeScene(folder, scene);
	const plain = [
		'-f',
		'lavfi',
		'-i',
		'color=gray:size=320x180:rate=24',
		'-t',
		String(CLIP_SECONDS),
		'-pix_fmt',
		'yuv420p',
	];
	await ffmpeg(...plain, join(folder, 'plain.mp4'));
	await writeFile(join(folder, 'plain.srt'), PLAIN_SRT);
}
