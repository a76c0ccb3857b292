import type { Arg, FfmpegCommand } from '../../media/args.ts';
import type { EncoderProfile } from '../../media/encoders.ts';
import type { Orientation } from './exif-orientation.ts';

/** One clip as ffmpeg needs it. Sizes are pixels. */
export interface ClipPlan {
	readonly image: string;
	/** Size as stored in the file, before the orientation is applied. */
	readonly imageWidth: number;
	readonly imageHeight: number;
	readonly orientation: Orientation;
	/** ffmpeg's name of the stored form, which tells whether there may be transparency. */
	readonly pixelFormat: string;
	readonly width: number;
	readonly height: number;
	readonly fps: number;
	readonly frames: number;
	readonly file: string;
}

/** Zoom at the end of a clip: the published recipe goes from 1.0 to 1.324. */
const ZOOM_RANGE = 0.324;

/**
 * zoompan moves its window by whole pixels, so it gets a picture this much larger than its output: 6720 pixels
 * wide for 1920. At 2x the picture trembles visibly (0.73 pixels RMS against 0.42).
 */
const OVERSAMPLING = 3.5;

/** Pixels of the enlarged picture at most, 6720x3840: larger outputs get less oversampling instead of more memory. */
const MAX_CANVAS_PIXELS = 6720 * 3840;

/** Filters that set a picture upright, by EXIF orientation. */
const UPRIGHT: Record<Orientation, readonly string[]> = {
	1: [],
	2: ['hflip'],
	3: ['hflip', 'vflip'],
	4: ['vflip'],
	5: ['transpose=0'],
	6: ['transpose=1'],
	7: ['transpose=3'],
	8: ['transpose=2'],
};

/** Frames of a clip: the nearest whole number, at least one. */
export const frameCount = (seconds: number, fps: number): number =>
	Math.max(1, Math.round(seconds * fps));

/** The Ken Burns clip of one still image: fills the frame, zooms slowly into its centre, has no sound. */
export function clipCommand(plan: ClipPlan, encoder: EncoderProfile): FfmpegCommand {
	return {
		// The orientation is applied by our own filters, the same way for all formats.
		inputs: [{ kind: 'image', file: plan.image, options: [['-noautorotate']] }],
		output: [
			['-vf', clipFilters(plan).join(',')],
			['-map', '0:v:0'],
			// Photos carry places and names in their metadata.
			['-map_metadata', '-1'],
			['-frames:v', plan.frames],
			...encoder.args,
			...COLOUR_TAGS,
			['-movflags', '+faststart'],
		],
		file: plan.file,
	};
}

/** Players take untagged video for BT.601 or BT.709 by its size, so the colours are named. */
const COLOUR_TAGS: readonly Arg[] = [
	['-colorspace', 'bt709'],
	['-color_primaries', 'bt709'],
	['-color_trc', 'bt709'],
	['-color_range', 'tv'],
];

function clipFilters(plan: ClipPlan): string[] {
	const canvas = canvasSize(plan);
	const size = `${canvas.width}:${canvas.height}`;
	return [
		...opaque(plan.pixelFormat),
		...UPRIGHT[plan.orientation],
		coverCrop(plan),
		`scale=${size}:force_original_aspect_ratio=increase:flags=lanczos+accurate_rnd+full_chroma_int:out_color_matrix=bt709:out_range=tv`,
		'format=yuv420p',
		`crop=${size}`,
		'setsar=1',
		zoom(plan),
	];
}

/** ffmpeg's pixel formats with an alpha channel; a palette may have one. */
const WITH_ALPHA = /^(rgba|argb|bgra|abgr|ya|yuva|gbrap|pal8)/;

/**
 * The picture as RGB. Transparent parts become black, as everywhere in video; without this their hidden colours
 * show. Only where it can matter: it takes 520 MB more for 48 million pixels.
 */
const opaque = (pixelFormat: string): string[] =>
	WITH_ALPHA.test(pixelFormat)
		? ['format=gbrap', 'premultiply=inplace=1', 'format=gbrp']
		: ['format=rgb24'];

/** The part of the upright picture that is seen, cut before it is enlarged: a panorama would fill the memory. */
function coverCrop(plan: ClipPlan): string {
	const turned = plan.orientation >= 5;
	const width = turned ? plan.imageHeight : plan.imageWidth;
	const height = turned ? plan.imageWidth : plan.imageHeight;
	const cropWidth = centredPart(width, (height * plan.width) / plan.height);
	const cropHeight = centredPart(height, (width * plan.height) / plan.width);
	return `crop=${cropWidth}:${cropHeight}`;
}

/** Rounded up, so that the exact cut can follow on the enlarged picture, and even to both sides of the centre. */
function centredPart(whole: number, wanted: number): number {
	const part = Math.ceil(wanted);
	return Math.min(whole, part + ((whole - part) % 2 === 0 ? 0 : 1));
}

function canvasSize({ width, height }: ClipPlan): { width: number; height: number } {
	const affordable = Math.sqrt(MAX_CANVAS_PIXELS / (width * height));
	const factor = Math.max(1 + ZOOM_RANGE, Math.min(OVERSAMPLING, affordable));
	const even = (side: number): number => 2 * Math.round((side * factor) / 2);
	return { width: even(width), height: even(height) };
}

function zoom({ width, height, fps, frames }: ClipPlan): string {
	const end = 1 + ZOOM_RANGE;
	return [
		`zoompan=z='min(1+${ZOOM_RANGE}*on/${frames},${end})'`,
		"x='(iw-iw/zoom)/2'",
		"y='(ih-ih/zoom)/2'",
		`d=${frames}`,
		`s=${width}x${height}`,
		`fps=${fps}`,
	].join(':');
}
