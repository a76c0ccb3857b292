import type {
	IAllExecuteFunctions,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestMethods,
} from 'n8n-workflow';
import type { JobView } from './contract';
import { type Failure, mayPass, readFailure } from './failure';
import { pause } from './pause';

export const CREDENTIAL = 'gpuMediaApi';

/** How long to go on trying when the worker does not answer, all in milliseconds. */
export interface Patience {
	/** Until the worker has answered for the first time: long enough for one slip, short enough for a wrong URL. */
	newWorkerMs: number;
	/** Once it has answered, or asks to wait: a restart of the worker takes up to 2 minutes. */
	knownWorkerMs: number;
	firstPauseMs: number;
	longestPauseMs: number;
}

export const PATIENCE: Patience = {
	newWorkerMs: 8_000,
	knownWorkerMs: 180_000,
	firstPauseMs: 1_000,
	longestPauseMs: 10_000,
};

/** Time limits of single requests in milliseconds. The poll's is beyond the 20 s the worker may hold it. */
const SUBMIT_TIMEOUT_MS = 60_000;
const POLL_TIMEOUT_MS = 45_000;
const CANCEL_TIMEOUT_MS = 5_000;

/** A request that did not succeed and will not be tried again. */
export class RequestFailure extends Error {
	constructor(
		readonly failure: Failure,
		readonly baseUrl: string,
	) {
		super(failure.message);
	}
}

export interface JobRequest {
	operation: string;
	input: object;
	metadata?: IDataObject;
}

/** The worker of the credential. All methods throw RequestFailure. */
export interface Worker {
	submit(job: JobRequest, idempotencyKey: string): Promise<JobView>;
	/** The jobs the worker knows of `ids` (at most 100), as soon as one has ended or `waitSeconds` have passed. */
	poll(ids: string[], waitSeconds: number): Promise<JobView[]>;
	cancel(id: string): Promise<void>;
}

interface Request {
	method: IHttpRequestMethods;
	path: string;
	body?: IDataObject;
	headers?: IDataObject;
	timeout: number;
	/** The context that sends: n8n aborts what the execution's own context sends when the execution stops. */
	sender: IAllExecuteFunctions;
	/** Stops the retries. */
	signal?: AbortSignal;
}

/**
 * A context n8n cannot abort: without `getExecutionCancelSignal` its request helper sets no signal. Cancelling a job
 * must get through after the stop, and a submission must not be cut between being accepted and telling its id.
 */
function detached(ctx: IExecuteFunctions): IAllExecuteFunctions {
	return {
		helpers: ctx.helpers,
		logger: ctx.logger,
		getNode: () => ctx.getNode(),
		getCredentials: async (type: string, itemIndex?: number) =>
			await ctx.getCredentials(type, itemIndex),
	} as unknown as IAllExecuteFunctions;
}

async function readBaseUrl(ctx: IExecuteFunctions): Promise<string> {
	const { baseUrl } = await ctx.getCredentials<{ baseUrl?: unknown }>(CREDENTIAL);
	const url = String(baseUrl ?? '')
		.trim()
		.replace(/\/+$/, '');
	if (/^https?:\/\/[^/]/i.test(url)) return url;
	throw new RequestFailure({ message: 'The Worker URL must start with http:// or https://' }, url);
}

/** The pause before the next try in milliseconds, or undefined when it is time to give up. */
function nextPause(
	failure: Failure,
	tried: { times: number; ms: number; known: boolean },
	patience: Patience,
) {
	if (!mayPass(failure)) return undefined;
	const asked = failure.retryAfterMs;
	const grown = Math.min(patience.firstPauseMs * 2 ** (tried.times - 1), patience.longestPauseMs);
	const pauseMs = asked === undefined ? grown : Math.max(asked, patience.firstPauseMs);
	const budget = tried.known || asked !== undefined ? patience.knownWorkerMs : patience.newWorkerMs;
	return tried.ms + pauseMs > budget ? undefined : pauseMs;
}

const isJob = (value: unknown): value is JobView =>
	typeof value === 'object' && value !== null && typeof (value as JobView).id === 'string';

/** Connects to the worker of the node's credential; sends nothing yet. */
export async function connectWorker(
	ctx: IExecuteFunctions,
	patience: Patience = PATIENCE,
): Promise<Worker> {
	const baseUrl = await readBaseUrl(ctx);
	const executionSignal = ctx.getExecutionCancelSignal?.();
	const unstoppable = detached(ctx);
	let known = false;

	async function send(request: Request): Promise<unknown> {
		const { method, path, body, headers, timeout, sender } = request;
		const options = { method, url: `${baseUrl}${path}`, body, headers, timeout, json: true };
		const reply: unknown = await ctx.helpers.httpRequestWithAuthentication.call(
			sender,
			CREDENTIAL,
			options,
		);
		known = true;
		return reply;
	}

	async function persist(request: Request): Promise<unknown> {
		const began = Date.now();
		for (let times = 1; ; times += 1) {
			try {
				return await send(request);
			} catch (error) {
				const failure = readFailure(error);
				known ||= failure.workerCode !== undefined;
				const pauseMs = nextPause(failure, { times, ms: Date.now() - began, known }, patience);
				if (pauseMs === undefined || request.signal?.aborted) throw given(failure);
				ctx.logger.debug(`GPU Media worker: ${failure.message}; next try in ${pauseMs} ms`);
				await pause(pauseMs, request.signal);
				if (request.signal?.aborted) throw given(failure);
			}
		}
	}

	const given = (failure: Failure) => new RequestFailure(failure, baseUrl);
	const strange = () =>
		given({ message: 'The Worker URL answers, but not as a GPU Media worker does' });

	return {
		async submit(job, idempotencyKey) {
			const reply = await persist({
				method: 'POST',
				path: '/v1/jobs',
				body: job as unknown as IDataObject,
				headers: { 'Idempotency-Key': idempotencyKey },
				timeout: SUBMIT_TIMEOUT_MS,
				sender: unstoppable,
				signal: executionSignal,
			});
			if (!isJob(reply)) throw strange();
			return reply;
		},
		async poll(ids, waitSeconds) {
			const reply = await persist({
				method: 'GET',
				path: `/v1/jobs?ids=${ids.map(encodeURIComponent).join(',')}${waitSeconds > 0 ? `&wait=${waitSeconds}` : ''}`,
				timeout: POLL_TIMEOUT_MS,
				sender: ctx,
				signal: executionSignal,
			});
			const jobs = (reply as { jobs?: unknown } | null)?.jobs;
			if (!Array.isArray(jobs) || !jobs.every(isJob)) throw strange();
			return jobs;
		},
		async cancel(id) {
			await persist({
				method: 'POST',
				path: `/v1/jobs/${encodeURIComponent(id)}/cancel`,
				timeout: CANCEL_TIMEOUT_MS,
				sender: unstoppable,
			});
		},
	};
}
