import type { Pool } from 'pg';
import type { PublishedOutput } from '../../executors/executor.ts';

/**
 * Remembers what one job has published, so that an attempt after a crash does not publish it again: whoever
 * watches the store sees each output appear once.
 */
export class PublishedOutputs {
	readonly #pool: Pool;
	readonly #jobId: string;

	constructor(pool: Pool, jobId: string) {
		this.#pool = pool;
		this.#jobId = jobId;
	}

	async find(key: string): Promise<PublishedOutput | undefined> {
		const { rows } = await this.#pool.query<{ url: string; size_bytes: string }>(
			'SELECT url, size_bytes FROM gpu_media.published WHERE job_id = $1 AND key = $2',
			[this.#jobId, key],
		);
		const row = rows[0];
		return row && { url: row.url, sizeBytes: Number(row.size_bytes) };
	}

	async add(key: string, { url, sizeBytes }: PublishedOutput): Promise<void> {
		await this.#pool.query(
			`INSERT INTO gpu_media.published (job_id, key, url, size_bytes) VALUES ($1, $2, $3, $4)
			 ON CONFLICT (job_id, key) DO UPDATE SET url = $3, size_bytes = $4`,
			[this.#jobId, key, url, sizeBytes],
		);
	}
}
