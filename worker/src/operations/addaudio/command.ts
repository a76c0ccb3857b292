import type { Arg, CommandInput, FfmpegCommand } from '../../media/args.ts';
import type { EncoderProfile } from '../../media/encoders.ts';
import type { AudioStream, MediaInfo, VideoStream } from '../../media/media-info.ts';

/** Sound exchanged in a video: what goes in, what is copied, and how long the result is. */
export interface AddAudioPlan {
	readonly videoFile: string;
	readonly video: VideoStream;
	/** ffmpeg's names of the video file's container. */
	readonly videoFormats: readonly string[];
	readonly audioFile: string;
	readonly audio: AudioStream;
	/** Length of the result in seconds; undefined when neither input tells its own. */
	readonly seconds: number | undefined;
	readonly file: string;
}

/** Video codecs that may be copied into an MP4 and that players then find their way with. */
const MP4_CODECS = ['h264', 'hevc', 'av1', 'vp9', 'mpeg4', 'mpeg2video', 'mpeg1video'];

/** Bit rate of new AAC, bits per second and channel: 192k for stereo, which nobody tells from the original. */
const AAC_BITS_PER_CHANNEL = 96_000;

/** Highest sample rate of new AAC, Hz: the highest that all players take. */
const MAX_SAMPLE_RATE = 48_000;

/** More channels are mixed down: voice and music for a video are stereo, and many players are too. */
const MAX_CHANNELS = 2;

/** The end of the shorter input; a length that is not known does not count. */
export function shorterOf(video: MediaInfo, audio: MediaInfo): number | undefined {
	const known = [
		video.video?.durationSeconds ?? video.durationSeconds,
		audio.audio?.durationSeconds ?? audio.durationSeconds,
	].filter((seconds) => seconds !== undefined);
	return known.length === 0 ? undefined : Math.min(...known);
}

/** Why the picture cannot be copied into an MP4; undefined when it can. */
export function whyNoCopy(plan: AddAudioPlan): string | undefined {
	if (!MP4_CODECS.includes(plan.video.codec))
		return `MP4 cannot hold the picture as it is (${plan.video.codec})`;
	// Without presentation times the frames of a copy come out of order.
	if (plan.videoFormats.includes('avi')) return 'AVI files do not say when each picture is shown';
	return undefined;
}

export const canCopyAudio = (audio: AudioStream): boolean => audio.codec === 'aac';

/** Exchanges the sound and copies the picture as it is, rotation included. */
export function copyCommand(plan: AddAudioPlan): FfmpegCommand {
	return {
		inputs: [
			cutInput(plan.videoFile, plan.video, plan.seconds),
			{ kind: 'audio', file: plan.audioFile },
		],
		output: [
			...STREAMS,
			['-c:v', 'copy'],
			// Apple's players know HEVC in MP4 by this tag only.
			plan.video.codec === 'hevc' ? ['-tag:v', 'hvc1'] : null,
			...audioArgs(plan.audio),
			...container(plan.seconds),
		],
		file: plan.file,
	};
}

/** Exchanges the sound and encodes the picture anew, upright and with even sides as H.264 needs them. */
export function encodeCommand(plan: AddAudioPlan, encoder: EncoderProfile): FfmpegCommand {
	return {
		inputs: [
			{ kind: 'video', file: plan.videoFile },
			{ kind: 'audio', file: plan.audioFile },
		],
		output: [
			...STREAMS,
			// Frames count from 0: a video that begins later would lose its last ones to the cut.
			['-vf', 'setpts=PTS-STARTPTS,scale=trunc(iw/2)*2:trunc(ih/2)*2'],
			...encoder.args,
			...audioArgs(plan.audio),
			...container(plan.seconds),
		],
		file: plan.file,
	};
}

/** Cuts a finished result to `seconds`, copying both streams. */
export function cutCommand(plan: AddAudioPlan, seconds: number): FfmpegCommand {
	return {
		inputs: [{ kind: 'video', file: plan.file, options: [['-t', seconds6(seconds)]] }],
		output: [['-map', '0:V:0'], ['-map', '0:a:0'], ['-c', 'copy'], ...container(seconds)],
		file: `cut_${plan.file}`,
	};
}

/** V leaves out cover art; chapters, subtitles and data of the source are dropped. */
const STREAMS: readonly Arg[] = [
	['-map', '0:V:0'],
	['-map', '1:a:0'],
	['-map_chapters', '-1'],
	['-write_tmcd', 0],
];

const seconds6 = (seconds: number): string => seconds.toFixed(6);

/**
 * The video input, ending at `seconds`. ffmpeg cuts a copied stream by decoding time, which runs ahead of the time
 * of showing: a few frames too many stay, which the edit list hides (ExpectedLength.endsAt).
 */
function cutInput(file: string, video: VideoStream, seconds: number | undefined): CommandInput {
	const length = video.durationSeconds;
	const frame = 1 / (video.framesPerSecond ?? 25);
	if (seconds === undefined || (length !== undefined && length <= seconds + frame / 2)) {
		return { kind: 'video', file };
	}
	return { kind: 'video', file, options: [['-t', seconds6(seconds)]] };
}

function audioArgs(audio: AudioStream): readonly Arg[] {
	if (canCopyAudio(audio)) return [['-c:a', 'copy']];
	const channels = Math.min(audio.channels, MAX_CHANNELS);
	return [
		['-c:a', 'aac'],
		['-b:a', channels * AAC_BITS_PER_CHANNEL],
		audio.channels > MAX_CHANNELS ? ['-ac', MAX_CHANNELS] : null,
		audio.sampleRate > MAX_SAMPLE_RATE ? ['-ar', MAX_SAMPLE_RATE] : null,
	];
}

const container = (seconds: number | undefined): readonly Arg[] => [
	seconds === undefined ? ['-shortest'] : ['-t', seconds6(seconds)],
	['-movflags', '+faststart'],
];
