import { z } from 'zod';
import { ERROR_CODE_NAMES } from './errors.ts';

export const JOB_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Whether nothing more will happen to a job of this status unless somebody asks for a retry. */
export const hasEnded = (status: JobStatus): boolean => status !== 'queued' && status !== 'running';

const webhook = z.strictObject({
	url: z
		.url({ protocol: /^https?$/ })
		.max(8192)
		.describe('Called with POST when the job, or its whole batch, has ended'),
	secret: z
		.string()
		.min(1)
		.max(256)
		.optional()
		.describe(
			'Signs the call by the Standard Webhooks rules; whsec_ followed by base64, or any text',
		),
});

const batch = z.strictObject({
	id: z.string().min(1).max(255).describe('Your id of the batch'),
	size: z.number().int().min(1).max(10_000).describe('How many jobs the batch has'),
});

/** Everything of POST /v1/jobs but `input`, whose schema depends on `operation`. */
export const envelopeFields = {
	webhook: webhook.optional(),
	batch: batch.optional(),
	metadata: z
		.record(z.string().max(255), z.unknown())
		.refine((value) => JSON.stringify(value).length <= 16_384, {
			error: 'must be at most 16 KiB of JSON',
		})
		.optional()
		.describe('Your own data, returned with the job'),
	priority: z.number().int().min(-100).max(100).default(0).describe('Higher runs first'),
};

export const jobError = z.object({
	code: z.enum(ERROR_CODE_NAMES),
	message: z.string(),
	retryable: z.boolean(),
	details: z.record(z.string(), z.unknown()).optional(),
});
export type JobError = z.output<typeof jobError>;

export const jobView = z.object({
	id: z.uuid(),
	operation: z.string(),
	status: z.enum(JOB_STATUSES),
	progress: z.object({
		percent: z.number().min(0).max(100),
		stage: z.string(),
		updated_at: z.string().nullable(),
	}),
	result: z.record(z.string(), z.unknown()).nullable(),
	error: jobError.nullable(),
	attempt: z.number().int().min(1),
	metadata: z.record(z.string(), z.unknown()).nullable(),
	created_at: z.string(),
	started_at: z.string().nullable(),
	finished_at: z.string().nullable(),
	duration_ms: z.number().nullable(),
});
export type JobView = z.output<typeof jobView>;
