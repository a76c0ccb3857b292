import { execa } from 'execa';

const quiet = ['-hide_banner', '-nostdin', '-loglevel', 'error'];

export interface Stream {
	readonly codec_type: string;
	readonly codec_name: string;
	readonly pix_fmt?: string;
	readonly width?: number;
	readonly height?: number;
	/** Length of this stream alone, in seconds as text. */
	readonly duration?: string;
}

export interface Probed {
	readonly seconds: number;
	readonly video: Stream | undefined;
	readonly audio: Stream | undefined;
}

/** What ffprobe says about a published video, read through its link as any player would. */
export async function probe(url: string): Promise<Probed> {
	const { stdout } = await execa('ffprobe', [
		'-v',
		'error',
		'-show_format',
		'-show_streams',
		'-of',
		'json',
		url,
	]);
	const found = JSON.parse(stdout) as { streams: Stream[]; format: { duration: string } };
	return {
		seconds: Number(found.format.duration),
		video: found.streams.find((stream) => stream.codec_type === 'video'),
		audio: found.streams.find((stream) => stream.codec_type === 'audio'),
	};
}

/** Loudness of the whole sound in dB: speech is about -20, silence about -91. */
export async function meanVolume(url: string): Promise<number> {
	const args = [
		'-hide_banner',
		'-nostdin',
		'-i',
		url,
		'-vn',
		'-af',
		'volumedetect',
		'-f',
		'null',
		'-',
	];
	const { stderr } = await execa('ffmpeg', args);
	const found = /mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1];
	if (found === undefined) throw new Error(`no sound to measure: ${stderr}`);
	return Number(found);
}

/** One picture, RGB, three bytes a pixel, in a size that keeps text visible and comparing cheap. */
export interface Picture {
	readonly width: number;
	readonly height: number;
	readonly rgb: Buffer;
}

export async function pictureAt(url: string, seconds: number): Promise<Picture> {
	const [width, height] = [640, 360];
	const wanted = [
		'-frames:v',
		'1',
		'-s',
		`${width}x${height}`,
		'-f',
		'rawvideo',
		'-pix_fmt',
		'rgb24',
		'-',
	];
	const { stdout } = await execa(
		'ffmpeg',
		[...quiet, '-ss', String(seconds), '-i', url, ...wanted],
		{
			encoding: 'buffer',
		},
	);
	return { width, height, rgb: Buffer.from(stdout) };
}

/** The strongest channel in the middle of the upper half, where no caption is. */
export function colourOf({ width, height, rgb }: Picture): 'red' | 'green' | 'blue' {
	const at = (Math.floor(height / 4) * width + width / 2) * 3;
	const channels = [...rgb.subarray(at, at + 3)];
	const names = ['red', 'green', 'blue'] as const;
	return names[channels.indexOf(Math.max(...channels))] ?? 'red';
}

/** How far a pixel must move (0-255) to count: more than a second encode changes on a plain surface. */
const NOTICEABLE = 60;

/** Where two pictures of one size differ: the number of pixels in both halves, and the width of the lot. */
export function differences(
	a: Picture,
	b: Picture,
): { upper: number; lower: number; width: number } {
	let [upper, lower, left, right] = [0, 0, a.width, -1];
	for (let pixel = 0; pixel < a.width * a.height; pixel++) {
		const offsets = [pixel * 3, pixel * 3 + 1, pixel * 3 + 2];
		if (!offsets.some((at) => Math.abs((a.rgb[at] ?? 0) - (b.rgb[at] ?? 0)) > NOTICEABLE)) continue;
		const [x, y] = [pixel % a.width, Math.floor(pixel / a.width)];
		if (y < a.height / 2) upper++;
		else lower++;
		left = Math.min(left, x);
		right = Math.max(right, x);
	}
	return { upper, lower, width: Math.max(0, right - left + 1) };
}
