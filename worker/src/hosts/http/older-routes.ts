import { z } from 'zod';
import { CodedError } from '../../errors.ts';
import { hasEnded, type JobView } from '../../job.ts';
import { findOperation } from '../../operations/index.ts';
import type { App, AppParts } from './app.ts';
import { describeIssues } from './issues.ts';
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
	if (!parsed) throw new CodedError('invalid_request', `There is no operation "${operation}".`);
	const { message, fields } = describeIssues(
		parsed.error.issues,
		(name) => OLDER_NAMES[name] ?? name,
	);
	throw new CodedError('invalid_request', message, { details: { fields } });
}

/** The three older requests: route, summary, body, and the operation's input made from the body. */
const REQUESTS = [
	{
		url: '/video/caption',
		summary: 'Caption a video (older API)',
		operation: 'caption',
		body: captionBody.transform(({ url_video, url_srt, path, output_filename }) => ({
			video_url: url_video,
			subtitles_url: url_srt,
			path,
			output_filename,
		})),
	},
	{
		url: '/video/img2vid',
		summary: 'Turn images into videos (older API)',
		operation: 'img2vid',
		body: img2vidBody.transform(({ images, path }) => ({
			images: images.map(({ id, image_url, duracao }) => ({ id, image_url, duration: duracao })),
			path,
		})),
	},
	{
		url: '/video/addaudio',
		summary: "Replace a video's sound (older API)",
		operation: 'addaudio',
		body: addAudioBody.transform(({ url_video, url_audio, path, output_filename }) => ({
			video_url: url_video,
			audio_url: url_audio,
			path,
			output_filename,
		})),
	},
];

/** The routes of the older video API: they submit, wait for the end, and answer with its body. */
export function olderRoutes(app: App, parts: AppParts): void {
	const { store, config, closing } = parts;
	for (const { url, summary, operation, body } of REQUESTS) {
		app.route({
			method: 'POST',
			url,
			config: older,
			schema: { summary, tags: ['older API'], body },
			handler: async (request, reply) => {
				const input = parseInput(operation, request.body);
				const payload = { operation, input, public_url: publicUrlOf(request, config) };
				const { id } = await store.submit({ payload, priority: 0 });
				const [job] = await longPoll(parts, {
					ids: [id],
					seconds: config.RUNPOD_MAX_TIMEOUT,
					signal: clientSignal(reply, closing),
					look: () => store.many([id]),
					isDone: ([found]) => found === undefined || hasEnded(found.status),
				});
				if (job === undefined || !hasEnded(job.status)) throw notYet(id, config.RUNPOD_MAX_TIMEOUT);
				throwIfFailed(job);
				return olderBody(job);
			},
		});
	}
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
