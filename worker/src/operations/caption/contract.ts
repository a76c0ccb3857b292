import { z } from 'zod';
import { encoderFields, mediaUrl, outputFilename, outputPath } from '../fields.ts';

/** Longest subtitle text accepted inline, in characters: about 50 hours of speech. */
const MAX_SUBTITLES_LENGTH = 5_000_000;

export const captionInput = z
	.strictObject({
		video_url: mediaUrl('Video to caption'),
		subtitles_url: mediaUrl('Subtitle file (SRT, VTT or ASS)').optional(),
		subtitles: z
			.string()
			.min(1)
			.max(MAX_SUBTITLES_LENGTH)
			.optional()
			.describe('Subtitles as text: SRT, VTT or ASS'),
		mode: z
			.enum(['burn', 'soft'])
			.default('burn')
			.describe(
				'burn draws the text into the picture; soft adds a subtitle track the viewer can switch',
			),
		language: z
			.string()
			.regex(/^[a-z]{3}$/, { error: 'must be a three-letter ISO 639-2 code, for example eng' })
			.optional()
			.describe('Language of a soft subtitle track, ISO 639-2, for example eng'),
		output_filename: outputFilename('captioned.mp4'),
		path: outputPath.optional(),
	})
	.refine((input) => (input.subtitles === undefined) !== (input.subtitles_url === undefined), {
		error: 'give exactly one of subtitles_url and subtitles',
		path: ['subtitles_url'],
	});

export const captionOutput = z.object({
	video_url: z.string(),
	filename: z.string(),
	duration_seconds: z.number(),
	width: z.number().int(),
	height: z.number().int(),
	cues: z.number().int().describe('Number of captions drawn or added'),
	...encoderFields,
});

export type CaptionInput = z.output<typeof captionInput>;
