import type { EncodeReport, FetchedFile, JobContext } from '../../context.ts';
import { CodedError } from '../../errors.ts';
import { clipCommand, frameCount, type ClipPlan } from './command.ts';
import type { Img2VidInput } from './contract.ts';
import { exifOrientation, isAnimatedWebp } from './exif-orientation.ts';
import type { PartProgress } from './progress.ts';

/**
 * Largest image file, in bytes. An uncompressed picture of 50 million pixels with 8-bit colour and alpha has
 * 200 MB; the file is read whole, and several at once.
 */
const MAX_IMAGE_BYTES = 200 * 1024 * 1024;

export interface ClipRequest {
	readonly image: Img2VidInput['images'][number];
	readonly index: number;
	readonly input: Img2VidInput;
	readonly part: PartProgress;
}

/** A published clip as the result tells of it, and how it was encoded. */
export interface Clip {
	readonly video: {
		readonly id: string | number;
		readonly video_url: string;
		readonly filename: string;
		readonly duration_seconds: number;
	};
	readonly report: EncodeReport;
}

/** Makes and publishes the clip of one image, and removes its files as soon as they are no longer needed. */
export async function makeClip(request: ClipRequest, context: JobContext): Promise<Clip> {
	const { image, index, input, part } = request;
	const filename = `video_${index + 1}.mp4`;
	part.downloading();
	const fetched = await context.fetch(image.image_url, {
		name: `image_${index + 1}`,
		kind: 'image',
	});
	const plan = await planClip(fetched, { ...request, file: filename }, context);
	const seconds = plan.frames / plan.fps;
	part.rendering(0);
	const report = await context.encode((encoder) => clipCommand(plan, encoder), {
		seconds,
		onProgress: (share) => part.rendering(share),
	});
	await context.remove(fetched.file);
	part.uploading();
	const { url } = await context.publish({
		file: filename,
		filename,
		path: input.path,
		contentType: 'video/mp4',
	});
	await context.remove(filename);
	part.done();
	return { video: { id: image.id, video_url: url, filename, duration_seconds: seconds }, report };
}

async function planClip(
	{ file, sizeBytes }: FetchedFile,
	{ image, input, file: output }: ClipRequest & { file: string },
	context: JobContext,
): Promise<ClipPlan> {
	if (sizeBytes > MAX_IMAGE_BYTES) {
		throw new CodedError(
			'input_too_large',
			'The image file is larger than 200 MB. Save it smaller and try again.',
		);
	}
	const content = await context.read(file);
	if (isAnimatedWebp(content)) {
		throw unsupported(
			'Animated WebP images are not supported. Save one picture of it as PNG, JPEG or WebP.',
		);
	}
	const { video } = await context.probe(file, 'image');
	if (video === undefined) throw unsupported('The file is not a picture. Use PNG, JPEG or WebP.');
	return {
		image: file,
		imageWidth: video.width,
		imageHeight: video.height,
		orientation: exifOrientation(content),
		pixelFormat: video.pixelFormat,
		width: input.width,
		height: input.height,
		fps: input.fps,
		frames: frameCount(image.duration, input.fps),
		file: output,
	};
}

const unsupported = (message: string): CodedError => new CodedError('input_unsupported', message);
