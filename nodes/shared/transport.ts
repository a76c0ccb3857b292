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
	readonly failure: Failure;
	readonly baseUrl: string;

	constructor(failure: Failure, baseUrl: string) {
		super(failure.message);
		this.failure = failure;
		this.baseUrl = baseUrl;
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

const isJob = (value: unknown): value is JobView =>
	typeof value === 'object' && value !== null && typeof (value as JobView).id === 'string';

class HttpWorker implements Worker {
	/** Whether this address is known to be a worker's. */
	private known = false;
	private readonly ctx: IExecuteFunctions;
	private readonly baseUrl: string;
	private readonly patience: Patience;
	private readonly signal: AbortSignal | undefined;

	constructor(ctx: IExecuteFunctions, baseUrl: string, patience: Patience) {
		this.ctx = ctx;
		this.baseUrl = baseUrl;
		this.patience = patience;
		this.signal = ctx.getExecutionCancelSignal?.();
	}

	async submit(job: JobRequest, idempotencyKey: string): Promise<JobView> {
		const reply = await this.persist({
			method: 'POST',
			path: '/v1/jobs',
			body: job as unknown as IDataObject,
			headers: { 'Idempotency-Key': idempotencyKey },
			timeout: SUBMIT_TIMEOUT_MS,
			sender: detached(this.ctx),
			signal: this.signal,
		});
		if (!isJob(reply)) throw this.strangeAnswer();
		return reply;
	}

	async poll(ids: string[], waitSeconds: number): Promise<JobView[]> {
		const wait = waitSeconds > 0 ? `&wait=${waitSeconds}` : '';
		const reply = await this.persist({
			method: 'GET',
			path: `/v1/jobs?ids=${ids.map(encodeURIComponent).join(',')}${wait}`,
			timeout: POLL_TIMEOUT_MS,
			sender: this.ctx,
			signal: this.signal,
		});
		const jobs = (reply as { jobs?: unknown } | null)?.jobs;
		if (!Array.isArray(jobs) || !jobs.every(isJob)) throw this.strangeAnswer();
		return jobs;
	}

	async cancel(id: string): Promise<void> {
		await this.persist({
			method: 'POST',
			path: `/v1/jobs/${encodeURIComponent(id)}/cancel`,
			timeout: CANCEL_TIMEOUT_MS,
			sender: detached(this.ctx),
		});
	}

	private async send({ path, sender, method, body, headers, timeout }: Request): Promise<unknown> {
		const url = `${this.baseUrl}${path}`;
		const reply: unknown = await this.ctx.helpers.httpRequestWithAuthentication.call(
			sender,
			CREDENTIAL,
			{ method, url, body, headers, timeout, json: true },
		);
		this.known = true;
		return reply;
	}

	/** Sends until there is an answer, patience is at its end or the signal is aborted. */
	private async persist(request: Request): Promise<unknown> {
		const { signal } = request;
		let failingSince: number | undefined;
		for (let tries = 1; ; tries += 1) {
			try {
				return await this.send(request);
			} catch (error) {
				const failure = readFailure(error);
				this.known ||= failure.workerCode !== undefined;
				failingSince ??= Date.now();
				const pauseMs = this.nextPause(failure, { tries, ms: Date.now() - failingSince });
				if (pauseMs === undefined || signal?.aborted) throw this.giveUp(failure);
				this.ctx.logger.debug(`GPU Media worker: ${failure.message}; next try in ${pauseMs} ms`);
				await pause(pauseMs, signal);
				if (signal?.aborted) throw this.giveUp(failure);
			}
		}
	}

	/** The pause before the next try in milliseconds, or undefined when it is time to give up. */
	private nextPause(failure: Failure, failing: { tries: number; ms: number }): number | undefined {
		// Some proxies answer 404 themselves while the worker behind them restarts.
		const fromProxy = failure.status === 404 && failure.workerCode === undefined;
		if (!mayPass(failure) && !(this.known && fromProxy)) return undefined;
		const { firstPauseMs, longestPauseMs, knownWorkerMs, newWorkerMs } = this.patience;
		const asked = failure.retryAfterMs;
		const grown = Math.min(firstPauseMs * 2 ** (failing.tries - 1), longestPauseMs);
		const pauseMs = asked === undefined ? grown : Math.max(asked, firstPauseMs);
		const budget = this.known || asked !== undefined ? knownWorkerMs : newWorkerMs;
		return failing.ms + pauseMs > budget ? undefined : pauseMs;
	}

	private giveUp(failure: Failure): RequestFailure {
		return new RequestFailure(failure, this.baseUrl);
	}

	private strangeAnswer(): RequestFailure {
		return this.giveUp({ message: 'The Worker URL answers, but not as a GPU Media worker does' });
	}
}

/** Connects to the worker of the node's credential; sends nothing yet. */
export async function connectWorker(
	ctx: IExecuteFunctions,
	patience: Patience = PATIENCE,
): Promise<Worker> {
	return new HttpWorker(ctx, await readBaseUrl(ctx), patience);
}
