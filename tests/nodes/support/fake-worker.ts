import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JobView } from '../../../worker/src/job.ts';
import { addAudioInput } from '../../../worker/src/operations/addaudio/contract.ts';
import { captionInput } from '../../../worker/src/operations/caption/contract.ts';
import { img2vidInput } from '../../../worker/src/operations/img2vid/contract.ts';

export const API_KEY = 'test-key';

const SCHEMAS = { addaudio: addAudioInput, caption: captionInput, img2vid: img2vidInput };

export interface SeenRequest {
	readonly method: string;
	readonly path: string;
	readonly query: URLSearchParams;
	readonly headers: IncomingMessage['headers'];
	readonly body: {
		operation: string;
		input: Record<string, unknown>;
		metadata?: Record<string, unknown>;
	};
}

/** Answers one request in place of the worker; false leaves it to the worker. */
export type Fault = (reply: ServerResponse) => boolean;

/** How a submitted job ends at once; undefined leaves it running. */
export type Ending = (request: SeenRequest['body'], id: string) => Partial<JobView> | undefined;

export const succeed = (result: Record<string, unknown>): Partial<JobView> => ({
	status: 'succeeded',
	result,
});

export const fail = (code: string, message: string, details?: object): Partial<JobView> => ({
	status: 'failed',
	error: { code, message, retryable: false, details } as JobView['error'],
});

const newJob = (operation: string, metadata: JobView['metadata']): JobView => ({
	id: randomUUID(),
	operation,
	status: 'queued',
	progress: { percent: 0, stage: 'queued', updated_at: null },
	result: null,
	error: null,
	attempt: 1,
	metadata,
	created_at: new Date().toISOString(),
	started_at: null,
	finished_at: null,
	duration_ms: null,
});

const hasEnded = (job: JobView): boolean => job.status !== 'queued' && job.status !== 'running';

async function readBody(request: IncomingMessage): Promise<string> {
	let text = '';
	for await (const chunk of request) text += String(chunk);
	return text;
}

/**
 * The worker's job API on a real socket: idempotency keys, bulk long polls, cancelling and the worker's own input
 * schemas. Jobs end when a test says so; faults can be put in the way; it can be stopped and started on its port.
 */
export class FakeWorker implements AsyncDisposable {
	readonly requests: SeenRequest[] = [];
	readonly jobs = new Map<string, JobView>();
	ending: Ending = () => undefined;
	/** Called after each submission. */
	onSubmit: (job: JobView) => void = () => {};
	#faults: Array<{ method: string; fault: Fault }> = [];
	#keys = new Map<string, string>();
	#changed: Array<() => void> = [];
	#server: Server | undefined;
	#port = 0;

	static async start(): Promise<FakeWorker> {
		const worker = new FakeWorker();
		await worker.open();
		return worker;
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	async open(): Promise<void> {
		const server = createServer((request, reply) => void this.#handle(request, reply));
		await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
		this.#port = (server.address() as AddressInfo).port;
		this.#server = server;
	}

	/** As after kill -9: every socket is cut; jobs and keys are still there when it opens again. */
	async close(): Promise<void> {
		const server = this.#server;
		if (!server) return;
		this.#server = undefined;
		await new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.close();
	}

	/** Puts `fault` in the way of the next request of that method; later calls queue up behind it. */
	next(method: 'GET' | 'POST', fault: Fault): void {
		this.#faults.push({ method, fault });
	}

	/** Ends a job and wakes the long polls. */
	end(id: string, ending: Partial<JobView>): void {
		const job = this.jobs.get(id);
		if (!job) throw new Error(`no job ${id}`);
		Object.assign(job, ending);
		for (const wake of this.#changed.splice(0)) wake();
	}

	of(method: string, path: RegExp): SeenRequest[] {
		return this.requests.filter((seen) => seen.method === method && path.test(seen.path));
	}

	get submissions(): SeenRequest[] {
		return this.of('POST', /^\/v1\/jobs$/);
	}

	get cancelledIds(): string[] {
		return this.of('POST', /\/cancel$/).map(({ path }) => path.split('/')[3] ?? '');
	}

	async #handle(request: IncomingMessage, reply: ServerResponse): Promise<void> {
		const url = new URL(request.url ?? '/', this.url);
		const text = await readBody(request);
		const seen: SeenRequest = {
			method: request.method ?? '',
			path: url.pathname,
			query: url.searchParams,
			headers: request.headers,
			body: text === '' ? {} : JSON.parse(text),
		};
		this.requests.push(seen);
		if (this.#takeFault(seen.method)?.(reply)) return;
		if (request.headers['x-api-key'] !== API_KEY) {
			return answer(reply, 401, problem('unauthorized', 'The API key is missing or wrong.'));
		}
		await this.#route(seen, reply);
	}

	#takeFault(method: string): Fault | undefined {
		const index = this.#faults.findIndex((entry) => entry.method === method);
		return index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
	}

	async #route(seen: SeenRequest, reply: ServerResponse): Promise<void> {
		if (seen.method === 'POST' && seen.path === '/v1/jobs') return this.#submit(seen, reply);
		if (seen.method === 'GET' && seen.path === '/v1/jobs') return await this.#poll(seen, reply);
		const cancel = /^\/v1\/jobs\/([^/]+)\/cancel$/.exec(seen.path)?.[1];
		const job = this.jobs.get(cancel ?? '');
		if (!job) return answer(reply, 404, problem('not_found', 'There is no such job.'));
		if (!hasEnded(job)) this.end(job.id, { status: 'cancelled' });
		answer(reply, 200, job);
	}

	#submit(seen: SeenRequest, reply: ServerResponse): void {
		const { operation, input, metadata } = seen.body;
		const parsed = SCHEMAS[operation as keyof typeof SCHEMAS].safeParse(input);
		if (!parsed.success) {
			return answer(reply, 400, problem('invalid_request', parsed.error.issues[0]?.message ?? ''));
		}
		const key = String(seen.headers['idempotency-key']);
		const earlier = this.jobs.get(this.#keys.get(key) ?? '');
		if (earlier && earlier.status !== 'failed' && earlier.status !== 'cancelled') {
			return answer(reply, 202, earlier);
		}
		const job = newJob(operation, metadata ?? null);
		this.jobs.set(job.id, job);
		this.#keys.set(key, job.id);
		Object.assign(job, this.ending(seen.body, job.id));
		answer(reply, 202, job);
		this.onSubmit(job);
	}

	async #poll(seen: SeenRequest, reply: ServerResponse): Promise<void> {
		const ids = (seen.query.get('ids') ?? '').split(',');
		if (ids.length > 100) return answer(reply, 400, problem('invalid_request', 'too many ids'));
		const found = () => ids.map((id) => this.jobs.get(id)).filter((job) => job !== undefined);
		const end = Date.now() + Number(seen.query.get('wait') ?? 0) * 1000;
		while (found().length === ids.length && !found().some(hasEnded) && Date.now() < end) {
			let timer: NodeJS.Timeout | undefined;
			const gone = new Promise<void>((resolve) => reply.once('close', resolve));
			const changed = new Promise<void>((resolve) => this.#changed.push(resolve));
			const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, end - Date.now())));
			await Promise.race([gone, changed, late]);
			clearTimeout(timer);
			if (reply.destroyed) return;
		}
		answer(reply, 200, { jobs: found(), next: null });
	}
}

export const problem = (code: string, message: string) => ({ error: { code, message } });

export function answer(reply: ServerResponse, status: number, body: unknown, headers = {}): void {
	reply.writeHead(status, { 'content-type': 'application/json', ...headers });
	reply.end(JSON.stringify(body));
}

/** Answers with `status` in place of the worker. */
export const answerWith =
	(status: number, body: unknown, headers = {}): Fault =>
	(reply) => {
		answer(reply, status, body, headers);
		return true;
	};

/** Cuts the connection before the worker sees the request. */
export const cut: Fault = (reply) => {
	reply.socket?.destroy();
	return true;
};

/** Cuts the connection after the worker has acted, so that its answer is lost. */
export const cutAnswer: Fault = (reply) => {
	reply.end = (() => reply.destroy()) as typeof reply.end;
	return false;
};
