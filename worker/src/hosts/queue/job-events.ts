import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { PROGRESS_CHANNEL, STATE_CHANNEL } from '../database/schema.ts';

/** Wait before a lost connection is made again, in milliseconds. */
const RECONNECT_MS = 500;

/** What pg-boss calls the states; "retry" is queued again. */
export type QueueState = 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';

export const ENDED_STATES: readonly QueueState[] = ['completed', 'cancelled', 'failed'];

interface Events {
	state: [jobId: string, state: QueueState];
	progress: [jobId: string];
}

/**
 * Tells what happens to jobs, whichever worker of this database it happens at, over one LISTEN connection. A
 * message can be missed while the connection is down: whoever waits also looks for himself now and then.
 */
export class JobEvents extends EventEmitter<Events> {
	readonly #url: string;
	readonly #logger: Logger;
	#client: pg.Client | undefined;
	#closed = false;

	constructor(url: string, logger: Logger) {
		super();
		this.#url = url;
		this.#logger = logger;
		this.setMaxListeners(0);
	}

	/** Listens from when the promise resolves. */
	async start(): Promise<void> {
		const client = new pg.Client({ connectionString: this.#url, keepAlive: true });
		client.on('notification', ({ channel, payload = '' }) => this.#tell(channel, payload));
		client.on('error', (error) =>
			this.#logger.warn({ err: error }, 'lost the connection that tells job events'),
		);
		await client.connect();
		// Only a connection that was made is made again: the loop below repeats the tries that fail.
		client.once('end', () => void this.#reconnect());
		await client.query(`LISTEN ${STATE_CHANNEL}; LISTEN ${PROGRESS_CHANNEL}`);
		this.#client = client;
	}

	async stop(): Promise<void> {
		this.#closed = true;
		await this.#client?.end();
	}

	/** Resolves when any of the jobs changes its state, or after `ms`, or when `signal` is aborted. */
	async waitForChange(ids: ReadonlySet<string>, ms: number, signal: AbortSignal): Promise<void> {
		const done = new AbortController();
		const listen = (jobId: string) => {
			if (ids.has(jobId)) done.abort();
		};
		this.on('state', listen);
		try {
			await delay(ms, undefined, { signal: AbortSignal.any([done.signal, signal]) });
		} catch {
			// A change or the caller's abort ended the wait early; both are what was waited for.
		} finally {
			this.off('state', listen);
		}
	}

	#tell(channel: string, payload: string): void {
		if (channel === PROGRESS_CHANNEL) this.emit('progress', payload);
		else {
			const [jobId = '', state = ''] = payload.split(' ');
			this.emit('state', jobId, state as QueueState);
		}
	}

	async #reconnect(): Promise<void> {
		while (!this.#closed) {
			await delay(RECONNECT_MS);
			if (this.#closed) return;
			try {
				await this.start();
				return;
			} catch (error) {
				this.#logger.warn({ err: error }, 'cannot listen for job events yet');
			}
		}
	}
}
