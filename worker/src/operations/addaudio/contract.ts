import { z } from 'zod';
import { encoderFields, mediaUrl, outputFilename, outputPath } from '../fields.ts';

export const addAudioInput = z.strictObject({
	video_url: mediaUrl('Video whose sound is replaced'),
	audio_url: mediaUrl('New sound (MP3, AAC, WAV, FLAC, OGG or Opus)'),
	mode: z
		.enum(['replace'])
		.default('replace')
		.describe('replace: the new sound takes the place of the old'),
	output_filename: outputFilename('with_audio.mp4'),
	path: outputPath.optional(),
});

export const addAudioOutput = z.object({
	video_url: z.string(),
	filename: z.string(),
	duration_seconds: z.number(),
	audio_codec: z.string().describe('Codec of the new sound, always aac'),
	audio_copied: z.boolean().describe('Whether the sound was copied without encoding it again'),
	...encoderFields,
});

export type AddAudioInput = z.output<typeof addAudioInput>;
