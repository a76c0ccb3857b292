import type { JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import type { AudioStream, MediaInfo, VideoStream } from '../../media/media-info.ts';
import { cutCommand, type AddAudioPlan } from './command.ts';

/** Samples in an AAC frame: the step in which sound can be cut. */
const AAC_FRAME = 1024;

/** The finished file and its length in seconds. */
export interface FinishedFile {
	readonly file: string;
	readonly seconds: number;
}

/**
 * Cuts the result once more when picture and sound do not end together, because an input was shorter than it
 * said (interrupted recordings, headers written before the end was known).
 */
export async function cutToShorter(
	plan: AddAudioPlan,
	made: MediaInfo,
	context: JobContext,
): Promise<FinishedFile> {
	const { video, audio, ends } = streamsOf(made);
	const frame = 1 / (video.framesPerSecond ?? 25);
	if (Math.abs(ends.video - ends.audio) <= 2 * frame + (2 * AAC_FRAME) / audio.sampleRate) {
		return { file: plan.file, seconds: Math.max(ends.video, ends.audio) };
	}
	const seconds = Math.min(ends.video, ends.audio);
	context.warn(
		`One of the files ends earlier than it says, so the result was cut to ${seconds.toFixed(2)} s.`,
	);
	const command = cutCommand(plan, video, seconds);
	await context.remux(command, { seconds, endsAt: seconds });
	await context.remove(plan.file);
	return { file: command.file, seconds };
}

interface Streams {
	readonly video: VideoStream;
	readonly audio: AudioStream;
	/** Where each stream ends, in seconds. */
	readonly ends: { readonly video: number; readonly audio: number };
}

function streamsOf({ video, audio, durationSeconds }: MediaInfo): Streams {
	if (video === undefined || audio === undefined) {
		throw new CodedError(
			'input_unsupported',
			'audio_url: no sound could be read from the file. Check that it plays.',
		);
	}
	const end = (stream: VideoStream | AudioStream): number =>
		stream.startSeconds + (stream.durationSeconds ?? durationSeconds ?? 0);
	return { video, audio, ends: { video: end(video), audio: end(audio) } };
}
