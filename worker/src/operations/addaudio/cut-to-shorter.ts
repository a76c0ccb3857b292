import type { JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import type { Mp4Info } from '../../media/mp4-presentation.ts';
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
	made: Mp4Info,
	context: JobContext,
): Promise<FinishedFile> {
	const ends = endsOf(made);
	const frame = 1 / (plan.video.framesPerSecond ?? 25);
	if (Math.abs(ends.video - ends.audio) <= 2 * frame + (2 * AAC_FRAME) / plan.audio.sampleRate) {
		return { file: plan.file, seconds: Math.max(ends.video, ends.audio) };
	}
	const seconds = Math.min(ends.video, ends.audio);
	context.warn(
		`One of the files ends earlier than it says, so the result was cut to ${seconds.toFixed(2)} s.`,
	);
	const command = cutCommand(plan, seconds);
	await context.remux(command, { seconds, endsAt: seconds });
	await context.remove(plan.file);
	return { file: command.file, seconds };
}

/** When picture and sound of the result end, in seconds. */
function endsOf({ tracks }: Mp4Info): { readonly video: number; readonly audio: number } {
	const video = tracks.find(({ kind }) => kind === 'video');
	const audio = tracks.find(({ kind }) => kind === 'audio');
	if (video === undefined || audio === undefined || audio.samples === 0) {
		throw new CodedError(
			'input_unsupported',
			'audio_url: no sound could be read from the file. Check that it plays.',
		);
	}
	return { video: video.seconds, audio: audio.seconds };
}
