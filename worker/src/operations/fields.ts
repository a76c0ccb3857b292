import { z } from 'zod';
import type { EncodeReport } from '../context.ts';

/** Longest URL accepted, in characters: presigned links of large stores stay below it. */
const MAX_URL_LENGTH = 8192;

/** Longest object key S3 accepts, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

const isFetchable = (value: string): boolean => {
	if (value.startsWith('upload://')) return value.length > 'upload://'.length;
	return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
};

/** An input the worker downloads: http, https, or upload:// as answered by PUT /v1/files. */
export const mediaUrl = (what: string) =>
	z
		.string()
		.trim()
		.max(MAX_URL_LENGTH)
		.refine(isFetchable, { error: 'must be an http or https URL, or an upload:// reference' })
		.describe(`${what}: an http(s) URL, or an upload:// reference`);

const hasControlCharacter = (value: string): boolean => /[\p{Cc}\\]/u.test(value);

/** Folder in the bucket, kept as given ("Project Name/Video Title/videos/"). */
export const outputPath = z
	.string()
	.max(MAX_KEY_BYTES)
	.refine((value) => !hasControlCharacter(value), {
		error: 'must not contain control characters or backslashes',
	})
	.refine((value) => !value.startsWith('/'), { error: 'must not start with a slash' })
	.refine(
		(value) =>
			!value
				.replace(/\/$/, '')
				.split('/')
				.some((part) => part === '.' || part === '..'),
		{
			error: 'must not contain "." or ".." folders',
		},
	)
	.refine((value) => value === '' || !/\/\//.test(value), {
		error: 'must not contain empty folder names',
	})
	.describe('Folder in the bucket; default jobs/<job id>/');

/** File name of the output. A missing .mp4 ending is added, because the result always is an MP4. */
export const outputFilename = (fallback: string) =>
	z
		.string()
		.trim()
		.min(1)
		.max(255)
		.refine((value) => !hasControlCharacter(value) && !value.includes('/'), {
			error: 'must be a plain file name without slashes',
		})
		.refine((value) => value !== '.' && value !== '..', { error: 'must be a file name' })
		.transform((value) => (/\.mp4$/i.test(value) ? value : `${value}.mp4`))
		.default(fallback)
		.describe(`File name of the result, default ${fallback}`);

/** The encoder a result was made with, and why when it was not the preferred one. */
export const encoderFields = {
	encoder: z
		.string()
		.describe('Encoder used: h264_nvenc, libx264, or copy when no video was encoded'),
	encoder_fallback: z
		.string()
		.optional()
		.describe('Why the GPU was not used although it was chosen first'),
};

/** The report of an encode as results tell it, in the fields above. */
export const encoderResult = ({ encoder, fallbackReason }: EncodeReport) => ({
	encoder,
	...(fallbackReason === undefined ? {} : { encoder_fallback: fallbackReason }),
});
