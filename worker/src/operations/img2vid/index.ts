import type { EncodeReport, JobContext } from '../../context.ts';
import { CodedError, toCodedError } from '../../errors.ts';
import { encoderResult } from '../fields.ts';
import { defineOperation } from '../operation.ts';
import { makeClip, type Clip } from './clip.ts';
import { img2vidInput, img2vidOutput, type Img2VidInput } from './contract.ts';
import { inLanes } from './lanes.ts';
import { BatchProgress } from './progress.ts';

type Image = Img2VidInput['images'][number];

export const img2vid = defineOperation({
	name: 'img2vid',
	queue: 'encode',
	title: 'Images to videos',
	description:
		'Turns each still image into a video clip that zooms slowly into its centre (Ken Burns effect).',
	input: img2vidInput,
	output: img2vidOutput,
	run,
});

async function run(input: Img2VidInput, context: JobContext) {
	const progress = new BatchProgress(
		input.images.map((image) => image.duration),
		(percent, stage) => context.progress(percent, stage),
	);
	const clips = await inLanes(input.images, context.batchSize, async (image, index, signal) => {
		try {
			const part = progress.of(index);
			return await makeClip({ image, index, input, part }, context.within(signal));
		} catch (error) {
			throw naming(error, image, index);
		}
	});
	return {
		videos: clips.map((clip) => ({ ...clip.video, ...encoderOf([clip]) })),
		duration_seconds: clips.reduce((sum, clip) => sum + clip.video.duration_seconds, 0),
		...encoderOf(clips),
	};
}

/** The encoder of several clips; when one of them fell back, that one, because it wants attention. */
function encoderOf(clips: readonly Clip[]) {
	const reports: EncodeReport[] = clips.map((clip) => clip.report);
	const report = reports.find(({ fallbackReason }) => fallbackReason !== undefined) ?? reports[0];
	if (report === undefined) throw new TypeError('a job without images cannot get here');
	return encoderResult(report);
}

/** Says which image of the batch an error is about. */
function naming(error: unknown, image: Image, index: number): CodedError {
	const { code, message, details } = toCodedError(error);
	if (code === 'cancelled') return toCodedError(error);
	const position = index + 1;
	return new CodedError(code, `Image ${position} (id ${JSON.stringify(image.id)}): ${message}`, {
		details: { ...details, image_id: image.id, position },
		cause: error,
	});
}
