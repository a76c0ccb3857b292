import type { EncodedFile, ExpectedLength, JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import type { Mp4Info } from '../../media/mp4-presentation.ts';
import { encoderResult } from '../fields.ts';
import { defineOperation } from '../operation.ts';
import { burnText, loadSubtitles, trackText, visibleCues } from './captions.ts';
import {
	BURN_FILE,
	burnCommand,
	canCopyVideo,
	OUTPUT_FILE,
	shownSize,
	softCommand,
	TRACK_FILE,
	VIDEO_FILE,
	type SizedVideo,
} from './command.ts';
import { captionInput, captionOutput, type CaptionInput } from './contract.ts';
import { sourceLength } from './source-length.ts';

/** Shares of the whole in percent: a download and an upload take little beside the encode. */
const DOWNLOADED = 10;
const ENCODED = 90;

/** ISO 639-2's code for a language that is not told. */
const UNDETERMINED = 'und';

export const caption = defineOperation({
	name: 'caption',
	queue: 'encode',
	title: 'Caption a video',
	description:
		'Draws SRT, WebVTT or ASS subtitles into the picture, or adds them as a track that the viewer can switch.',
	input: captionInput,
	output: captionOutput,
	async run(input, context) {
		context.progress(0, 'downloading');
		// Subtitles first: they are small, and a mistake in them shows before a large download.
		const subtitles = await loadSubtitles(input, context);
		const source = await fetchVideo(input.video_url, context);
		context.progress(DOWNLOADED, input.mode === 'burn' ? 'encoding' : 'muxing');

		const length = sourceLength(source);
		const cues = visibleCues(subtitles.cues, length.video, context);
		const expected = expectedLength(length.whole, input.mode, context);
		const shown = { width: source.video.displayWidth, height: source.video.displayHeight };
		const report =
			input.mode === 'burn'
				? await burn(source, burnText(subtitles, cues, { canvas: shown, context }), {
						context,
						expected,
					})
				: await addTrack(source, { input, track: trackText(cues) }, { context, expected });

		context.progress(ENCODED, 'uploading');
		const published = await context.publish({
			file: OUTPUT_FILE,
			filename: input.output_filename,
			path: input.path,
			contentType: 'video/mp4',
		});
		context.progress(100, 'done');
		return {
			video_url: published.url,
			filename: published.filename,
			duration_seconds: resultLength(length.whole, report.made),
			...shownSize(source.video, report.encoder !== 'copy'),
			cues: cues.length,
			...encoderResult(report),
		};
	},
});

interface Run {
	readonly context: JobContext;
	readonly expected: ExpectedLength;
}

async function fetchVideo(url: string, context: JobContext): Promise<SizedVideo> {
	await context.fetch(url, { name: VIDEO_FILE, kind: 'video' });
	const { video, ...rest } = await context.probe(VIDEO_FILE, 'video');
	if (video !== undefined) return { ...rest, video };
	throw new CodedError('input_unsupported', 'The file has no picture. Captions need a video.');
}

const expectedLength = (
	seconds: number,
	mode: CaptionInput['mode'],
	context: JobContext,
): ExpectedLength => ({
	seconds,
	onProgress: (share) =>
		context.progress(
			DOWNLOADED + share * (ENCODED - DOWNLOADED),
			mode === 'burn' ? 'encoding' : 'muxing',
		),
});

async function burn(source: SizedVideo, ass: string, run: Run): Promise<EncodedFile> {
	await run.context.write(BURN_FILE, ass);
	return run.context.encode((encoder) => burnCommand(source, encoder), run.expected);
}

async function addTrack(
	source: SizedVideo,
	{ input, track }: { readonly input: CaptionInput; readonly track: string },
	{ context, expected }: Run,
): Promise<EncodedFile> {
	const language = input.language ?? UNDETERMINED;
	await context.write(TRACK_FILE, track);
	if (canCopyVideo(source)) {
		const made = await context.remux(softCommand(source, language), expected);
		return { encoder: 'copy', made };
	}
	context.warn(
		`The picture (${source.video.codec}) cannot be copied into an MP4 as it is, so it was encoded as H.264.`,
	);
	return context.encode((encoder) => softCommand(source, language, encoder), expected);
}

/** Milliseconds are what an MP4's header keeps. Browser recordings tell no length: then the result does. */
function resultLength(expected: number, made: Mp4Info): number {
	const seconds = Number.isFinite(expected) ? expected : made.seconds;
	return Math.round(seconds * 1000) / 1000;
}
