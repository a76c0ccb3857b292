import type { Arg, InputKind } from './args.ts';

/**
 * Largest picture that is decoded, in pixels of width x height: above 8K video (33 million) and a 48-megapixel
 * photo, below the 15000x15000 PNG of 656 KB that took 809 MB of memory and 20 s to decode.
 */
export const MAX_PIXELS = 50_000_000;

const VIDEO_CONTAINERS = ['mov', 'matroska', 'avi', 'mpegts', 'mpeg', 'flv', 'asf', 'ogg', 'mxf'];

const AUDIO_FILES = [
	'mp3',
	'aac',
	'wav',
	'w64',
	'flac',
	'aiff',
	'amr',
	'ac3',
	'eac3',
	'caf',
	'au',
	'wv',
];

/**
 * The demuxers ffmpeg may open an input with. Playlists and scripts (hls, dash, concat, image2, lavfi) are on no
 * list: they name other files and addresses, and ffmpeg would read those for whoever wrote the file.
 */
export const INPUT_FORMATS: Record<Exclude<InputKind, 'generated'>, readonly string[]> = {
	video: [...VIDEO_CONTAINERS, 'gif'],
	audio: [...AUDIO_FILES, ...VIDEO_CONTAINERS],
	// mjpeg: several JPEG pictures in one file, as some phones and 3D cameras write; the first one is used.
	image: ['png_pipe', 'jpeg_pipe', 'webp_pipe', 'apng', 'mjpeg', 'gif', 'bmp_pipe'],
	subtitles: ['srt', 'webvtt', 'ass'],
};

/** The options that fence in one input. They act on the `-i` that follows only, so every input gets its own. */
export function guardArgs(kind: InputKind): readonly Arg[] {
	if (kind === 'generated') return [['-f', 'lavfi']];
	const decodesPictures = kind === 'video' || kind === 'image';
	return [
		['-protocol_whitelist', 'file'],
		['-format_whitelist', INPUT_FORMATS[kind].join(',')],
		decodesPictures ? ['-max_pixels', MAX_PIXELS] : null,
	];
}
