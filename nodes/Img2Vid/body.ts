import type { Img2VidInput } from '../shared/contract';
import {
	compact,
	numberIn,
	optionalNumberIn,
	outputFolder,
	ParameterError,
	type ReadParameter,
	readOptions,
	requiredUrl,
} from '../shared/parameters';

export type Image = Img2VidInput['images'][number];

/** Limits of the worker: seconds, pixels, frames per second, images in one job. */
const DURATION = { min: 0.1, max: 3600 };
const SIDE = { min: 16, max: 4096, step: 2 };
const FRAME_RATE = { min: 1, max: 60, step: 1 };
export const MAX_IMAGES = 1000;

function idOf(value: unknown, position: number): string | number {
	if (typeof value === 'number') return value;
	if (typeof value === 'string' && value.trim() !== '') return value.trim();
	if (value === undefined || value === null || value === '') return position;
	throw new ParameterError(
		'Image ID',
		'must be text or a number',
		'Check the expression: it finds another kind of value in this item',
	);
}

/** The image of one input item; `position` counts from 1. Throws ParameterError. */
export function imageOfItem(get: ReadParameter, position: number): Image {
	return {
		id: idOf(readOptions(get).imageId, position),
		image_url: requiredUrl(get('imageUrl'), 'Image URL'),
		duration: numberIn(get('duration'), 'Duration (Seconds)', DURATION),
	};
}

/** The images listed in the node, numbered from 1. Throws ParameterError. */
export function imagesOfList(get: ReadParameter): Image[] {
	const { image = [] } = (get('images', {}) ?? {}) as { image?: Array<Record<string, unknown>> };
	if (image.length === 0) {
		throw new ParameterError(
			'Images',
			'is empty',
			'Add at least one image, or take the images from the input items',
		);
	}
	return image.map((entry, index) => ({
		id: index + 1,
		image_url: requiredUrl(entry.imageUrl, `Image URL ${index + 1}`),
		duration: numberIn(entry.duration ?? 5, `Duration (Seconds) ${index + 1}`, DURATION),
	}));
}

/** A job for `images` with the options of the node. Throws ParameterError. */
export function img2VidInput(get: ReadParameter, images: Image[]): Img2VidInput {
	if (images.length > MAX_IMAGES) {
		throw new ParameterError(
			'Images From',
			`gives ${images.length} images, but one job takes ${MAX_IMAGES} at most`,
			'Put a Loop Over Items node before this one',
		);
	}
	const options = readOptions(get);
	return compact<Img2VidInput>({
		images,
		width: optionalNumberIn(options.width, 'Video Width', SIDE),
		height: optionalNumberIn(options.height, 'Video Height', SIDE),
		fps: optionalNumberIn(options.frameRate, 'Frame Rate', FRAME_RATE),
		path: outputFolder(options),
	});
}
