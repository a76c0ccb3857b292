import { z } from 'zod';
import { encoderFields, mediaUrl, outputPath } from '../fields.ts';

/** Largest side in pixels: 4K, the largest H.264 level most players accept. */
const MAX_SIDE = 4096;

const evenSide = (fallback: number) =>
	z.number().int().min(16).max(MAX_SIDE).multipleOf(2, { error: 'must be even' }).default(fallback);

export const img2vidInput = z.strictObject({
	images: z
		.array(
			z.strictObject({
				id: z
					.union([z.string().max(255), z.number()])
					.describe('Your own id, returned with the video'),
				image_url: mediaUrl('Still image (PNG, JPEG or WebP)'),
				duration: z.number().min(0.1).max(3600).describe('Length of the clip in seconds'),
			}),
		)
		.min(1)
		.max(1000),
	width: evenSide(1920).describe('Width in pixels, even'),
	height: evenSide(1080).describe('Height in pixels, even'),
	fps: z.number().int().min(1).max(60).default(24).describe('Frames per second'),
	path: outputPath.optional(),
});

export const img2vidOutput = z.object({
	videos: z.array(
		z.object({
			id: z.union([z.string(), z.number()]),
			video_url: z.string(),
			filename: z.string(),
			duration_seconds: z.number(),
			...encoderFields,
		}),
	),
	duration_seconds: z.number().describe('Length of all clips together'),
	...encoderFields,
});

export type Img2VidInput = z.output<typeof img2vidInput>;
