import type { EncodedFile, JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import { encoderResult } from '../fields.ts';
import { defineOperation } from '../operation.ts';
import * as command from './command.ts';
import { addAudioInput, addAudioOutput, type AddAudioInput } from './contract.ts';
import { cutToShorter } from './cut-to-shorter.ts';

export const addaudio = defineOperation({
	name: 'addaudio',
	// Hardly more than copying, so it shall not wait behind encodes; the rare encode takes its slot like any other.
	queue: 'network',
	title: 'Add audio',
	description:
		'Replaces the sound of a video and cuts the result to the shorter of the two, without encoding the picture again.',
	input: addAudioInput,
	output: addAudioOutput,
	run,
});

/** Percent of the whole job that is done after the downloads and after the sound is in. */
const DOWNLOADED = 20;
const MUXED = 90;

async function run(input: AddAudioInput, context: JobContext) {
	const plan = await fetchInputs(input, context);
	const report = await exchangeSound(plan, context);
	await context.remove(plan.videoFile);
	await context.remove(plan.audioFile);
	const made = await cutToShorter(plan, report.made, context);
	context.progress(MUXED, 'uploading');
	const { url } = await context.publish({
		file: made.file,
		filename: input.output_filename,
		path: input.path,
		contentType: 'video/mp4',
	});
	return {
		video_url: url,
		filename: input.output_filename,
		duration_seconds: made.seconds,
		audio_codec: 'aac',
		audio_copied: command.canCopyAudio(plan.audio),
		...encoderResult(report),
	};
}

async function fetchInputs(
	input: AddAudioInput,
	context: JobContext,
): Promise<command.AddAudioPlan> {
	context.progress(0, 'downloading');
	const videoFile = await context.fetch(input.video_url, { name: 'video', kind: 'video' });
	const videoInfo = await context.probe(videoFile.file, 'video').catch(naming('video_url'));
	context.progress(DOWNLOADED / 2, 'downloading');
	const audioFile = await context.fetch(input.audio_url, { name: 'audio', kind: 'audio' });
	const audioInfo = await context.probe(audioFile.file, 'audio').catch(naming('audio_url'));
	context.progress(DOWNLOADED, 'muxing');
	const { video } = videoInfo;
	const { audio } = audioInfo;
	if (video === undefined)
		throw new CodedError('input_unsupported', 'video_url: the file has no video in it.');
	if (audio === undefined)
		throw new CodedError('input_unsupported', 'audio_url: the file has no sound in it.');
	return {
		videoFile: videoFile.file,
		video,
		videoFormats: videoInfo.formats,
		audioFile: audioFile.file,
		audio,
		seconds: command.shorterOf(videoInfo, audioInfo),
		file: 'output.mp4',
	};
}

/** Says which of the two inputs an error is about. */
const naming =
	(field: string) =>
	(error: unknown): never => {
		if (!(error instanceof CodedError) || error.code !== 'input_unsupported') throw error;
		throw new CodedError(error.code, `${field}: ${error.message}`, {
			details: { ...error.details, field },
			cause: error,
		});
	};

/** Copies the picture where an MP4 can hold it, and encodes it where not or where copying fails. */
async function exchangeSound(
	plan: command.AddAudioPlan,
	context: JobContext,
): Promise<EncodedFile> {
	const expected = (stage: 'muxing' | 'encoding') => ({
		seconds: plan.seconds ?? 0,
		...(plan.seconds === undefined ? {} : { endsAt: plan.seconds }),
		onProgress: (share: number) =>
			context.progress(DOWNLOADED + share * (MUXED - DOWNLOADED), stage),
	});
	const obstacle = command.whyNoCopy(plan);
	if (obstacle === undefined) {
		try {
			const made = await context.remux(command.copyCommand(plan), expected('muxing'));
			return { encoder: 'copy', made };
		} catch (error) {
			if (!(error instanceof CodedError) || error.code !== 'encode_failed') throw error;
			context.warn('The picture could not be copied as it is, so it was encoded again.');
		}
	} else {
		context.warn(`${obstacle}, so it was encoded again as H.264.`);
	}
	return context.encode((encoder) => command.encodeCommand(plan, encoder), expected('encoding'));
}
