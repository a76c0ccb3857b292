import { z } from 'zod';
import { CodedError } from '../errors.ts';
import type { AudioStream, MediaInfo, VideoStream } from './media-info.ts';

const numeric = z.coerce.number().optional().catch(undefined);

const stream = z.looseObject({
	index: z.number(),
	codec_type: z.string().optional(),
	codec_name: z.string().default('unknown'),
	width: z.number().optional(),
	height: z.number().optional(),
	pix_fmt: z.string().default('unknown'),
	sample_aspect_ratio: z.string().optional(),
	avg_frame_rate: z.string().optional(),
	nb_frames: numeric,
	duration: numeric,
	start_time: numeric,
	sample_rate: numeric,
	channels: z.number().optional(),
	disposition: z.looseObject({ attached_pic: z.number().default(0) }).optional(),
	side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).optional(),
	tags: z.record(z.string(), z.string()).optional(),
});
type Stream = z.output<typeof stream>;

const probeOutput = z.object({
	streams: z.array(stream).default([]),
	format: z.looseObject({ format_name: z.string(), duration: numeric, size: numeric }).optional(),
});

/**
 * The JSON of `ffprobe -show_format -show_streams` as MediaInfo.
 *
 * @throws CodedError `input_unsupported` when it tells of no media.
 */
export function readProbe(json: string): MediaInfo {
	const { streams, format } = parse(json);
	const isPicture = (found: Stream): boolean => found.disposition?.attached_pic === 1;
	const video = streams.find((found) => found.codec_type === 'video' && !isPicture(found));
	const audio = streams.find((found) => found.codec_type === 'audio');
	return {
		formats: format.format_name.split(','),
		durationSeconds: format.duration ?? longest(streams),
		sizeBytes: format.size ?? 0,
		video: video && readVideo(video),
		audio: audio && readAudio(audio),
		audioCodecs: streams
			.filter((found) => found.codec_type === 'audio')
			.map((found) => found.codec_name),
		subtitles: streams
			.filter((found) => found.codec_type === 'subtitle')
			.map((found) => ({ codec: found.codec_name })),
	};
}

function parse(json: string) {
	try {
		const { streams, format } = probeOutput.parse(JSON.parse(json));
		if (format !== undefined) return { streams, format };
	} catch (error) {
		throw new CodedError('input_unsupported', 'The file could not be read as media.', {
			cause: error,
		});
	}
	throw new CodedError('input_unsupported', 'The file could not be read as media.');
}

function longest(streams: readonly Stream[]): number | undefined {
	const durations = streams.map(streamDuration).filter((seconds) => seconds !== undefined);
	return durations.length === 0 ? undefined : Math.max(...durations);
}

/** Matroska keeps the length of a stream in a tag, as 00:01:02.345000000. */
function streamDuration(found: Stream): number | undefined {
	if (found.duration !== undefined) return found.duration;
	const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(found.tags?.['DURATION'] ?? '');
	if (match === null) return undefined;
	return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function readVideo(found: Stream): VideoStream | undefined {
	const { width = 0, height = 0 } = found;
	if (width === 0 || height === 0) return undefined;
	const rotation = readRotation(found);
	const shownWidth = Math.round(width * ratio(found.sample_aspect_ratio, ':', 1));
	const upright = rotation === 0 || rotation === 180;
	return {
		codec: found.codec_name,
		width,
		height,
		rotation,
		displayWidth: upright ? shownWidth : height,
		displayHeight: upright ? height : shownWidth,
		pixelFormat: found.pix_fmt,
		framesPerSecond: ratio(found.avg_frame_rate, '/', 0) || undefined,
		durationSeconds: streamDuration(found),
		frames: found.nb_frames,
		startSeconds: found.start_time ?? 0,
	};
}

function readAudio(found: Stream): AudioStream | undefined {
	const { sample_rate: sampleRate = 0, channels = 0 } = found;
	if (sampleRate === 0 || channels === 0) return undefined;
	return {
		codec: found.codec_name,
		sampleRate,
		channels,
		durationSeconds: streamDuration(found),
		startSeconds: found.start_time ?? 0,
	};
}

/** ffprobe gives counter-clockwise degrees, -180 to 180; old files have a clockwise `rotate` tag instead. */
function readRotation(found: Stream): VideoStream['rotation'] {
	const matrix = found.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
	const clockwise = matrix === undefined ? Number(found.tags?.['rotate'] ?? 0) : -matrix;
	const quarter = ((Math.round(clockwise / 90) % 4) + 4) % 4;
	return ([0, 90, 180, 270] as const)[quarter] ?? 0;
}

/** A ratio such as 4:3 or 30000/1001; `fallback` when it is unknown (0:1, 0/0, N/A). */
function ratio(text: string | undefined, separator: string, fallback: number): number {
	const [above = Number.NaN, below = Number.NaN] = (text ?? '').split(separator).map(Number);
	return above > 0 && below > 0 ? above / below : fallback;
}
