import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../errors.ts';
import { hasEnded, type JobView } from '../../job.ts';
import { findOperation } from '../../operations/index.ts';
import type { App, AppParts } from './app.ts';
import { clientSignal, longPoll } from './job-routes.ts';
import { olderBody, olderState, throwIfFailed } from './older-jobs.ts';
import { publicUrlOf } from './public-url.ts';

const text = z.string().min(1);
const older = { older: true };

/** The older bodies. Fields they did not have are ignored, as they were. */
const captionBody = z.object({
	url_video: text,
	url_srt: text,
	path: z.string(),
	output_filename: text,
});
const addAudioBody = z.object({
	url_video: text,
	url_audio: text,
	path: z.string(),
	output_filename: text,
});
const img2vidBody = z.object({
	images: z
		.array(
			z.object({ id: z.union([z.string(), z.number()]), image_url: text, duracao: z.number() }),
		)
		.min(1),
	path: z.string(),
});

/** The names the older bodies had for what the operations call otherwise, for messages a caller can act on. */
const OLDER_NAMES: Record<string, string> = {
	video_url: 'url_video',
	subtitles_url: 'url_srt',
	audio_url: 'url_audio',
	duration: 'duracao',
};

/** Parses an operation's input; what is wrong with it is told in the older body's names. */
function parseInput(operation: string, input: unknown): unknown {
	const parsed = findOperation(operation)?.input.safeParse(input);
	if (parsed?.success) return parsed.data;
	const problems = parsed?.error.issues.map(({ path, message }) => {
		const field = path.map((part) => OLDER_NAMES[String(part)] ?? String(part)).join('.');
		return `${field}: ${message}`;
	});
	throw new CodedError(
		'invalid_request',
		problems?.join('; ') ?? `There is no operation "${operation}".`,
	);
}

/** The routes of the older video API: they submit, wait for the end, and answer with its request.body. */
export function olderRoutes(app: App, parts: AppParts): void {
	const { store, config } = parts;

	const runToEnd = async (
		request: FastifyRequest,
		operation: string,
		input: unknown,
	): Promise<Record<string, unknown>> => {
		const { id } = await store.submit({
			payload: {
				operation,
				input: parseInput(operation, input),
				public_url: publicUrlOf(request, config),
			},
			priority: 0,
		});
		const [job] = await longPoll(parts, {
			ids: [id],
			seconds: config.RUNPOD_MAX_TIMEOUT,
			signal: clientSignal(request, parts.closing),
			look: () => store.many([id]),
			isDone: ([found]) => found === undefined || hasEnded(found.status),
		});
		if (job === undefined || !hasEnded(job.status)) throw notYet(id, config.RUNPOD_MAX_TIMEOUT);
		throwIfFailed(job);
		return olderBody(job);
	};

	app.route({
		method: 'POST',
		url: '/video/caption',
		config: older,
		schema: { summary: 'Caption a video (older API)', tags: ['older API'], body: captionBody },
		handler: (request) =>
			runToEnd(request, 'caption', {
				video_url: request.body.url_video,
				subtitles_url: request.body.url_srt,
				path: request.body.path,
				output_filename: request.body.output_filename,
			}),
	});

	app.route({
		method: 'POST',
		url: '/video/img2vid',
		config: older,
		schema: {
			summary: 'Turn images into videos (older API)',
			tags: ['older API'],
			body: img2vidBody,
		},
		handler: (request) =>
			runToEnd(request, 'img2vid', {
				images: request.body.images.map(({ id, image_url, duracao }) => ({
					id,
					image_url,
					duration: duracao,
				})),
				path: request.body.path,
			}),
	});

	app.route({
		method: 'POST',
		url: '/video/addaudio',
		config: older,
		schema: {
			summary: "Replace a video's sound (older API)",
			tags: ['older API'],
			body: addAudioBody,
		},
		handler: (request) =>
			runToEnd(request, 'addaudio', {
				video_url: request.body.url_video,
				audio_url: request.body.url_audio,
				path: request.body.path,
				output_filename: request.body.output_filename,
			}),
	});

	jobRoutes(app, parts);
	cloudRoutes(app, parts);
}

const notYet = (id: string, seconds: number): CodedError =>
	new CodedError(
		'deadline_exceeded',
		`The job ${id} is not done after ${seconds} s. It goes on: ask GET /job/${id} for its state.`,
	);

/** GET /job/{jobId} and POST /job/{jobId}/cancel. */
function jobRoutes(app: App, { store }: AppParts): void {
	const params = z.object({ jobId: z.uuid({ error: 'must be a job id' }) });
	const find = async (jobId: string): Promise<JobView> => {
		const job = await store.get(jobId);
		if (!job) throw new CodedError('not_found', `There is no job ${jobId}.`);
		return job;
	};
	app.route({
		method: 'GET',
		url: '/job/:jobId',
		config: older,
		schema: { summary: "A job's state (older API)", tags: ['older API'], params },
		handler: async (request) => olderState(await find(request.params.jobId)),
	});
	app.route({
		method: 'POST',
		url: '/job/:jobId/cancel',
		config: older,
		schema: { summary: 'Cancel a job (older API)', tags: ['older API'], params },
		handler: async (request) => olderState(await store.cancel(request.params.jobId)),
	});
}

/** GET /runpod/health and /runpod/config, told of this worker. The key is never among them. */
function cloudRoutes(app: App, { config, status }: AppParts): void {
	app.route({
		method: 'GET',
		url: '/runpod/health',
		config: older,
		schema: { summary: 'Jobs and workers (older API)', tags: ['older API'] },
		handler: async () => {
			const { queue } = (await status()) as { queue: Record<string, number> };
			const running = queue['running'] ?? 0;
			return {
				jobs: {
					inQueue: queue['queued'] ?? 0,
					inProgress: running,
					completed: queue['succeeded'] ?? 0,
					failed: queue['failed'] ?? 0,
					retried: 0,
				},
				workers: {
					idle: running > 0 ? 0 : 1,
					initializing: 0,
					ready: 1,
					running: running > 0 ? 1 : 0,
					throttled: 0,
				},
			};
		},
	});
	app.route({
		method: 'GET',
		url: '/runpod/config',
		config: older,
		schema: { summary: 'Time limits (older API)', tags: ['older API'] },
		handler: async () => ({
			endpointId: config.RUNPOD_ENDPOINT_ID ?? null,
			idleTimeout: config.RUNPOD_IDLE_TIMEOUT,
			maxTimeout: config.RUNPOD_MAX_TIMEOUT,
		}),
	});
}
