import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../errors.ts';
import { envelopeFields, hasEnded, JOB_STATUSES, jobView, type JobView } from '../../job.ts';
import { OPERATIONS } from '../../operations/index.ts';
import type { App, AppParts } from './app.ts';
import { publicUrlOf } from './public-url.ts';

/** Longest long poll in seconds, below the idle limit of common proxies (30 s and up). */
const MAX_WAIT_SECONDS = 25;

/** How long a long poll waits at most before it looks for itself, in milliseconds: only a missed message needs it. */
const LOOK_MS = 2000;

/** Jobs per page at most, and per bulk query. */
const MAX_JOBS = 100;

const [first, ...others] = OPERATIONS.map((operation) =>
	z.strictObject({
		operation: z.literal(operation.name),
		input: operation.input,
		...envelopeFields,
	}),
);
if (!first) throw new Error('no operations are registered');

/** POST /v1/jobs: one branch per operation. */
export const jobRequest = z.discriminatedUnion('operation', [first, ...others]);

const ids = z
	.string()
	.transform((value) =>
		value
			.split(',')
			.map((id) => id.trim())
			.filter((id) => id !== ''),
	)
	.pipe(z.array(z.uuid({ error: 'must be job ids, separated by commas' })).max(MAX_JOBS));

const wait = z.coerce
	.number()
	.min(0)
	.default(0)
	.transform((seconds) => Math.min(seconds, MAX_WAIT_SECONDS));

const jobId = z.object({ id: z.uuid({ error: 'must be a job id' }) });

const listQuery = z.strictObject({
	ids: ids.optional(),
	wait,
	status: z.enum(JOB_STATUSES).optional(),
	operation: z.enum(OPERATIONS.map(({ name }) => name)).optional(),
	limit: z.coerce.number().int().min(1).max(MAX_JOBS).default(20),
	cursor: z
		.string()
		.regex(/^\d{1,18}$/)
		.optional(),
});

/** Loose: the schema's result replaces the headers, and the rest of them is needed. */
const idempotencyKey = z.looseObject({ 'idempotency-key': z.string().min(1).max(255).optional() });

/** Aborts when the client has gone or the server closes. */
export function clientSignal(reply: FastifyReply, closing: AbortSignal): AbortSignal {
	const gone = new AbortController();
	reply.raw.once('close', () => gone.abort());
	return AbortSignal.any([gone.signal, closing]);
}

/** Answers as soon as `isDone` accepts what `look` finds, or after `seconds`. */
export async function longPoll(
	parts: Pick<AppParts, 'events'>,
	poll: {
		ids: readonly string[];
		seconds: number;
		signal: AbortSignal;
		look: () => Promise<JobView[]>;
		isDone: (jobs: JobView[]) => boolean;
	},
): Promise<JobView[]> {
	const end = performance.now() + poll.seconds * 1000;
	const watched = new Set(poll.ids);
	for (;;) {
		// Listening starts before looking, so that a change in between is not missed.
		const left = end - performance.now();
		const looked = new AbortController();
		const change = parts.events.waitForChange(
			watched,
			Math.max(0, Math.min(left, LOOK_MS)),
			AbortSignal.any([poll.signal, looked.signal]),
		);
		const jobs = await poll.look();
		if (poll.isDone(jobs) || left <= 0 || poll.signal.aborted) {
			looked.abort();
			return jobs;
		}
		await change;
	}
}

export function jobRoutes(app: App, parts: AppParts): void {
	const { store, closing } = parts;

	app.route({
		method: 'POST',
		url: '/v1/jobs',
		schema: {
			summary: 'Submit a job',
			tags: ['jobs'],
			body: jobRequest,
			headers: idempotencyKey,
			response: { 202: jobView },
		},
		handler: async (request, reply) => {
			const { operation, input, webhook, batch, metadata, priority } = request.body;
			const view = await store.submit({
				payload: { operation, input, public_url: publicUrlOf(request, parts.config) },
				webhook,
				batch,
				metadata,
				priority,
				idempotencyKey: request.headers['idempotency-key'],
			});
			return reply.code(202).send(view);
		},
	});

	app.route({
		method: 'GET',
		url: '/v1/jobs',
		schema: {
			summary: 'List jobs, or wait for any of several',
			description:
				'With ids, answers those jobs; with wait too, as soon as any of them has ended. Ids that do not exist are left out.',
			tags: ['jobs'],
			querystring: listQuery,
			response: { 200: z.object({ jobs: z.array(jobView), next: z.string().nullable() }) },
		},
		handler: async (request, reply) => {
			const { ids: wanted, wait: seconds, ...filter } = request.query;
			if (!wanted) return store.list(filter);
			const jobs = await longPoll(parts, {
				ids: wanted,
				seconds,
				signal: clientSignal(reply, closing),
				look: () => store.many(wanted),
				isDone: (found) =>
					found.length < wanted.length || found.some((job) => hasEnded(job.status)),
			});
			return { jobs, next: null };
		},
	});

	app.route({
		method: 'GET',
		url: '/v1/jobs/:id',
		schema: {
			summary: 'Get a job, or wait for its end',
			tags: ['jobs'],
			params: jobId,
			querystring: z.strictObject({ wait }),
			response: { 200: jobView },
		},
		handler: async (request, reply) => {
			const { id } = request.params;
			const [job] = await longPoll(parts, {
				ids: [id],
				seconds: request.query.wait,
				signal: clientSignal(reply, closing),
				look: () => store.many([id]),
				isDone: ([found]) => found === undefined || hasEnded(found.status),
			});
			if (!job)
				throw new CodedError(
					'not_found',
					`There is no job ${id}. Finished jobs are kept for 7 days.`,
				);
			return job;
		},
	});

	for (const action of ['cancel', 'retry'] as const) {
		app.route({
			method: 'POST',
			url: `/v1/jobs/:id/${action}`,
			schema: {
				summary:
					action === 'cancel'
						? 'Cancel a job; nothing happens when it has ended'
						: 'Run a failed job again',
				tags: ['jobs'],
				params: jobId,
				response: { 200: jobView },
			},
			handler: (request) => store[action](request.params.id),
		});
	}
}
