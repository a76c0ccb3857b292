import type { Arg, CommandInput, FfmpegCommand } from '../../media/args.ts';
import type { EncoderProfile } from '../../media/encoders.ts';
import type { MediaInfo, VideoStream } from '../../media/media-info.ts';

/** Names in the job's folder. */
export const VIDEO_FILE = 'input';
export const BURN_FILE = 'captions.ass';
export const TRACK_FILE = 'captions.srt';
export const OUTPUT_FILE = 'output.mp4';

/**
 * Sound that MP4 has a registered code for (mp4ra.org). Any other becomes AAC, FLAC too: ffmpeg calls it
 * experimental there, and Apple's players stay silent.
 */
const MP4_AUDIO = ['aac', 'mp3', 'mp2', 'ac3', 'eac3', 'alac', 'opus'];

/** Pictures that MP4 has a code for and current players show. */
const MP4_VIDEO = ['h264', 'hevc', 'av1', 'vp9', 'mpeg4'];

/** Bit rate of sound that is encoded anew: transparent for stereo AAC. */
const AAC_BIT_RATE = '192k';

export interface SizedVideo extends MediaInfo {
	readonly video: VideoStream;
}

/** Draws captions.ass into the picture. */
export function burnCommand(source: SizedVideo, encoder: EncoderProfile): FfmpegCommand {
	return {
		inputs: [videoInput],
		output: [
			...streamMap(source),
			['-vf', [...evenCrop(source.video), assFilter(source.video)].join(',')],
			...frameTimes,
			...encoder.args,
			...audioArgs(source),
			...fileArgs,
		],
		file: OUTPUT_FILE,
	};
}

/** Adds captions.srt as a track that the viewer can switch. With an encoder the picture is encoded anew. */
export function softCommand(
	source: SizedVideo,
	language: string,
	encoder?: EncoderProfile,
): FfmpegCommand {
	return {
		inputs: [videoInput, { kind: 'subtitles', file: TRACK_FILE }],
		output: [
			...streamMap(source),
			['-map', '1:s:0'],
			...(encoder === undefined ? copyVideo(source.video) : encodeVideo(source.video, encoder)),
			...audioArgs(source),
			['-c:s', 'mov_text'],
			['-metadata:s:s:0', `language=${language}`],
			['-disposition:s:0', 'default'],
			...fileArgs,
		],
		file: OUTPUT_FILE,
	};
}

/**
 * Whether the picture can go into an MP4 as it is. AVI keeps no presentation times, and without them frames of
 * a copy come out of order.
 */
export const canCopyVideo = (source: SizedVideo): boolean =>
	MP4_VIDEO.includes(source.video.codec) && !source.formats.includes('avi');

const videoInput: CommandInput = { kind: 'video', file: VIDEO_FILE };

/** The first true picture, not a cover image, and all sound. */
const streamMap = (source: SizedVideo): Arg[] => [
	['-map', '0:V:0'],
	source.audio === undefined ? null : ['-map', '0:a'],
];

/** Frames keep their own times, however unevenly a phone or a screen recorder spaced them. */
const frameTimes: readonly Arg[] = [
	['-fps_mode', 'vfr'],
	['-enc_time_base', -1],
];

const fileArgs: readonly Arg[] = [['-movflags', '+faststart']];

/** Size in pixels of the decoded picture, which ffmpeg turns upright. */
function uprightSize(video: VideoStream): { width: number; height: number } {
	const isTurned = video.rotation === 90 || video.rotation === 270;
	return isTurned
		? { width: video.height, height: video.width }
		: { width: video.width, height: video.height };
}

/** yuv420p needs even sides: an odd one loses its last row or column. */
function evenCrop(video: VideoStream): string[] {
	const { width, height } = uprightSize(video);
	if (width % 2 === 0 && height % 2 === 0) return [];
	return [`crop=${even(width)}:${even(height)}:0:0`];
}

const even = (pixels: number): number => Math.max(2, pixels - (pixels % 2));

/** Where pixels are not square, libass must know the shape of the picture as it is shown. */
function assFilter(video: VideoStream): string {
	const { width, height } = uprightSize(video);
	const isSquare = width === video.displayWidth && height === video.displayHeight;
	const shape = isSquare ? '' : `:original_size=${video.displayWidth}x${video.displayHeight}`;
	return `ass=filename=${BURN_FILE}${shape}`;
}

/** Size of the result as a player shows it. */
export function shownSize(
	video: VideoStream,
	isEncoded: boolean,
): { width: number; height: number } {
	const { displayWidth: width, displayHeight: height } = video;
	return isEncoded ? { width: even(width), height: even(height) } : { width, height };
}

/** Apple's players want HEVC under the name hvc1. */
const copyVideo = (video: VideoStream): Arg[] => [
	['-c:v', 'copy'],
	video.codec === 'hevc' ? ['-tag:v', 'hvc1'] : null,
];

function encodeVideo(video: VideoStream, encoder: EncoderProfile): Arg[] {
	const [crop] = evenCrop(video);
	return [crop === undefined ? null : ['-vf', crop], ...frameTimes, ...encoder.args];
}

function audioArgs(source: SizedVideo): Arg[] {
	if (source.audio === undefined) return [];
	const codecs = source.audioCodecs.map((codec) => (MP4_AUDIO.includes(codec) ? 'copy' : 'aac'));
	return codecs.flatMap((codec, index): Arg[] => [
		[`-c:a:${index}`, codec],
		codec === 'aac' ? [`-b:a:${index}`, AAC_BIT_RATE] : null,
	]);
}
