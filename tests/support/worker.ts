import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '../../worker/src/config.ts';
import type { JobView } from '../../worker/src/job.ts';
import { startWorker } from '../../worker/src/start-worker.ts';

export const API_KEY = 'test-key-0123456789';

export interface Answer<T = Record<string, unknown>> {
	readonly status: number;
	readonly headers: Headers;
	readonly body: T;
}

/** A client of one worker's API. */
export interface WorkerClient {
	readonly url: string;
	readonly dataDir: string;
	call<T = Record<string, unknown>>(
		method: string,
		route: string,
		options?: CallOptions,
	): Promise<Answer<T>>;
	submit(operation: string, input: unknown, extra?: Record<string, unknown>): Promise<JobView>;
	/** Waits until the job has ended. */
	end(id: string): Promise<JobView>;
	/** Names left in DATA_DIR/work. */
	workFolder(): Promise<string[]>;
}

interface CallOptions {
	readonly body?: unknown;
	readonly headers?: Record<string, string>;
	readonly key?: string | null;
}

function clientOf(url: string, dataDir: string): WorkerClient {
	const call = async <T>(
		method: string,
		route: string,
		options: CallOptions = {},
	): Promise<Answer<T>> => {
		const key = options.key === undefined ? API_KEY : options.key;
		const response = await fetch(url + route, {
			method,
			headers: {
				...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
				...(key === null ? {} : { 'x-api-key': key }),
				...options.headers,
			},
			...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
		});
		const text = await response.text();
		const json = response.headers.get('content-type')?.includes('json') ?? false;
		return {
			status: response.status,
			headers: response.headers,
			body: (json ? JSON.parse(text) : { text }) as T,
		};
	};
	return {
		url,
		dataDir,
		call,
		async submit(operation, input, extra = {}) {
			const { status, body } = await call<JobView>('POST', '/v1/jobs', {
				body: { operation, input, ...extra },
			});
			if (status !== 202) throw new Error(`submit answered ${status}: ${JSON.stringify(body)}`);
			return body;
		},
		async end(id) {
			for (;;) {
				const { body } = await call<JobView>('GET', `/v1/jobs/${id}?wait=20`);
				if (body.status !== 'queued' && body.status !== 'running') return body;
			}
		},
		workFolder: () => readdir(path.join(dataDir, 'work')),
	};
}

type Environment = Record<string, string>;

const defaults = (dataDir: string): Environment => ({
	DATA_DIR: dataDir,
	HOST: '127.0.0.1',
	PORT: '0',
	X_API_KEY: API_KEY,
	LOG_LEVEL: 'silent',
	ALLOWED_INTERNAL_HOSTS: '127.0.0.1',
	USE_GPU: 'false',
	SHUTDOWN_GRACE_SECONDS: '0',
});

export const makeDataDir = (): Promise<string> => mkdtemp(path.join(tmpdir(), 'gpu-media-test-'));

/** A worker inside this process, with its own embedded PostgreSQL unless the environment says otherwise. */
export async function startTestWorker(
	environment: Environment = {},
): Promise<WorkerClient & AsyncDisposable & { stop(): Promise<void> }> {
	const dataDir = environment['DATA_DIR'] ?? (await makeDataDir());
	const config = readConfig({ ...defaults(dataDir), ...environment });
	const worker = await startWorker(config, pino({ level: config.LOG_LEVEL }));
	const stop = async (): Promise<void> => {
		await worker.stop();
		await rm(dataDir, { recursive: true, force: true });
	};
	return { ...clientOf(worker.address, dataDir), stop, [Symbol.asyncDispose]: stop };
}

/** A worker in a process of its own, as "npm start" runs it (built), so that it can be killed. */
export interface WorkerProcess extends WorkerClient {
	readonly output: () => string;
	readonly child: ChildProcess;
	/** Ends the process and resolves when it is gone. */
	kill(signal: NodeJS.Signals): Promise<void>;
}

export async function spawnWorker(
	environment: Environment & { DATA_DIR: string },
): Promise<WorkerProcess> {
	const child = spawn(process.execPath, [path.resolve('worker/dist/main.js'), 'serve'], {
		env: {
			PATH: process.env['PATH'] ?? '',
			HOME: tmpdir(),
			...defaults(environment.DATA_DIR),
			...environment,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
		// A process group of its own, as a terminal gives it: a Ctrl-C there goes to the whole group.
		detached: true,
	});
	let output = '';
	child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
	const url = await addressOf(() => output, child);
	return {
		...clientOf(url, environment.DATA_DIR),
		output: () => output,
		child,
		async kill(signal) {
			child.kill(signal);
			await gone;
		},
	};
}

async function addressOf(output: () => string, child: ChildProcess): Promise<string> {
	for (;;) {
		const port = /ready at http:\/\/localhost:(\d+)/.exec(output())?.[1];
		if (port) return `http://127.0.0.1:${port}`;
		if (child.exitCode !== null) throw new Error(`the worker did not start:\n${output()}`);
		await delay(20);
	}
}
