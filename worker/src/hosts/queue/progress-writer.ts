import type { Pool } from 'pg';
import { PROGRESS_CHANNEL } from '../database/schema.ts';

/** How often progress is written while a job runs, in milliseconds; clients are promised news every 2 s. */
const INTERVAL_MS = 1000;

const UPSERT = `
WITH written AS (
	INSERT INTO gpu_media.progress (job_id, percent, stage) VALUES ($1, $2, $3)
	ON CONFLICT (job_id) DO UPDATE SET percent = $2, stage = $3, updated_on = now() RETURNING job_id
) SELECT pg_notify('${PROGRESS_CHANNEL}', job_id::text) FROM written`;

/**
 * Writes how far one job is: at once when its stage changes, else once a second, also when nothing moved, so that
 * a client can tell a slow job from a dead one.
 */
export class ProgressWriter implements AsyncDisposable {
	readonly #pool: Pool;
	readonly #jobId: string;
	readonly #timer: NodeJS.Timeout;
	#percent = 0;
	#stage = 'queued';
	#writing: Promise<unknown> | undefined;

	constructor(pool: Pool, jobId: string) {
		this.#pool = pool;
		this.#jobId = jobId;
		this.#timer = setInterval(() => this.#write(), INTERVAL_MS);
	}

	/** `percent` never falls for a client, also where steps that overlap report out of order. */
	update(percent: number, stage: string): void {
		const changed = stage !== this.#stage;
		this.#percent = Math.max(this.#percent, percent);
		this.#stage = stage;
		if (changed) this.#write();
	}

	/** One write at a time; what changes meanwhile goes with the next. Progress may be lost, so errors are too. */
	#write(): void {
		this.#writing ??= this.#pool
			.query(UPSERT, [this.#jobId, this.#percent, this.#stage])
			.catch(() => undefined)
			.finally(() => {
				this.#writing = undefined;
			});
	}

	async [Symbol.asyncDispose](): Promise<void> {
		clearInterval(this.#timer);
		await this.#writing;
	}
}
