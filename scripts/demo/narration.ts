import path from 'node:path';
import { execa } from 'execa';
import { FPS, probe } from './media.ts';

/** Silence before the voice and after it, in seconds: pictures that change mid-word feel hurried. */
const LEAD = 0.35;
const TAIL = 0.6;

/** Words per minute: espeak-ng's own 175 is hard to follow. */
const SPEED = 150;

/** Samples per second of the narration: a whole number of samples per frame of video. */
const SAMPLE_RATE = 48_000;

export interface Narration {
	readonly file: string;
	/** Whole length in seconds, silence included: a whole number of frames. */
	readonly seconds: number;
	/** Captions, one for each part of the sentence. */
	readonly srt: string;
}

/** Speaks a sentence into `<folder>/<name>.wav` and writes its captions beside it. */
export async function speak(
	scene: { readonly name: string; readonly sentence: readonly [string, string] },
	folder: string,
	cancelSignal: AbortSignal,
): Promise<Narration> {
	const [voice, file] = [`${scene.name}-voice.wav`, `${scene.name}.wav`].map((name) =>
		path.join(folder, name),
	) as [string, string];
	const options = ['-v', 'en-gb', '-s', String(SPEED), '-w', voice];
	await execa('espeak-ng', [...options, scene.sentence.join(' ')], { cancelSignal });
	const spoken = (await probe(voice, cancelSignal)).seconds;
	const seconds = Math.ceil((LEAD + spoken + TAIL) * FPS) / FPS;
	await execa(
		'ffmpeg',
		[
			...['-nostdin', '-v', 'error', '-y', '-i', voice],
			...['-af', `aresample=${SAMPLE_RATE},adelay=${LEAD * 1000},apad,atrim=end=${seconds}`],
			file,
		],
		{ cancelSignal },
	);
	return { file, seconds, srt: captionsOf(scene.sentence, spoken) };
}

/** The parts of a sentence share its time by their letters, which is close to how long they take to say. */
function captionsOf(parts: readonly [string, string], spoken: number): string {
	const letters = parts.join('').length;
	const middle = LEAD + (spoken * parts[0].length) / letters;
	const end = LEAD + spoken + TAIL / 2;
	return [
		...['1', `${srtTime(LEAD)} --> ${srtTime(middle)}`, parts[0], ''],
		...['2', `${srtTime(middle)} --> ${srtTime(end)}`, parts[1], ''],
	].join('\n');
}

/** hh:mm:ss,mmm; a scene is far shorter than an hour. */
const srtTime = (seconds: number): string =>
	new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23).replace('.', ',');
