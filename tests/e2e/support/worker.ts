import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Child } from './child.ts';
import type { CredentialData } from './n8n-api.ts';
import { REPOSITORY } from './paths.ts';
import { freePort } from './port.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { GiveUp, until } from './until.ts';

/** Seconds until the worker answers: its own PostgreSQL makes its files first, and the encoders are tried. */
const START_LIMIT = 90;

const API_KEY = 'key-of-the-end-to-end-tests';

export interface JobSummary {
	readonly id: string;
	readonly status: string;
	readonly error: { readonly code: string; readonly message: string } | null;
}

/** The real worker on its embedded defaults, in a data folder of its own. */
export class Worker implements AsyncDisposable {
	readonly #folder: TemporaryFolder;
	readonly #env: Readonly<Record<string, string>>;
	readonly credential: CredentialData;
	#child: Child;

	private constructor(
		folder: TemporaryFolder,
		env: Readonly<Record<string, string>>,
		credential: CredentialData,
	) {
		this.#folder = folder;
		this.#env = env;
		this.credential = credential;
		this.#child = this.#spawn();
	}

	/** `allowedHosts` are the private addresses (host:port) its inputs may come from, besides its own links. */
	static async start(allowedHosts: readonly string[]): Promise<Worker> {
		const folder = await TemporaryFolder.make('worker');
		const port = await freePort();
		const baseUrl = `http://127.0.0.1:${port}`;
		const env = {
			PORT: String(port),
			HOST: '127.0.0.1',
			PUBLIC_URL: baseUrl,
			DATA_DIR: join(folder.path, 'data'),
			X_API_KEY: API_KEY,
			ALLOWED_INTERNAL_HOSTS: allowedHosts.join(','),
			// Seconds a stopping worker lets its jobs go on: a test holds them anyway.
			SHUTDOWN_GRACE_SECONDS: '1',
		};
		const worker = new Worker(folder, env, { baseUrl, apiKey: API_KEY });
		await worker.#untilReady();
		return worker;
	}

	/** Ends it, in order or by kill -9, and starts it again on the same port and data. */
	async restart(how: 'in order' | 'after a crash'): Promise<void> {
		await (how === 'in order' ? this.#child.stop() : this.#child.crash());
		this.#child = this.#spawn();
		await this.#untilReady();
	}

	async jobs(): Promise<readonly JobSummary[]> {
		const answer = await fetch(`${this.credential.baseUrl}/v1/jobs?limit=100`, {
			headers: { 'x-api-key': this.credential.apiKey },
		});
		if (!answer.ok) throw new Error(`GET /v1/jobs: ${answer.status} ${await answer.text()}`);
		return ((await answer.json()) as { jobs: JobSummary[] }).jobs;
	}

	/** What lies in the folder of jobs under way; nothing when all have ended, however they ended. */
	workFolder(): Promise<string[]> {
		return readdir(join(this.#folder.path, 'data', 'work'));
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await this.#child.stop();
		await this.#folder[Symbol.asyncDispose]();
	}

	#spawn(): Child {
		return new Child({
			name: 'worker',
			args: [join(REPOSITORY, 'worker/dist/main.js'), 'serve'],
			cwd: this.#folder.path,
			env: this.#env,
		});
	}

	async #untilReady(): Promise<void> {
		const child = this.#child;
		const ready = async () => {
			if (child.hasExited) throw new GiveUp('the worker ended before it was ready');
			return (await fetch(`${this.credential.baseUrl}/health`)).ok || undefined;
		};
		try {
			await until('the worker is ready', ready, START_LIMIT);
		} catch (cause) {
			const tail = await child.tail();
			await this[Symbol.asyncDispose]();
			throw new Error(`The worker did not start. ${tail}`, { cause });
		}
	}
}
