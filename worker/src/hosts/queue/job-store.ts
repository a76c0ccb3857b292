import { createHash, randomUUID } from 'node:crypto';
import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import type { PgBoss } from 'pg-boss';
import { CodedError } from '../../errors.ts';
import { hasEnded, type JobStatus, type JobView } from '../../job.ts';
import { findOperation } from '../../operations/index.ts';
import { asDb, inTransaction } from '../database/transaction.ts';
import { databaseError } from '../database/unavailable.ts';
import { SELECT_JOBS, toView, type JobRow } from './job-view.ts';

/** What the queue carries for a job. Parsed again when it is taken. */
export interface JobPayload {
	readonly operation: string;
	readonly input: unknown;
	readonly public_url: string;
}

export interface Submission {
	readonly payload: JobPayload;
	readonly priority: number;
	readonly metadata?: Record<string, unknown> | undefined;
	readonly webhook?: { readonly url: string; readonly secret?: string | undefined } | undefined;
	readonly batch?: { readonly id: string; readonly size: number } | undefined;
	readonly idempotencyKey?: string | undefined;
}

export interface ListFilter {
	readonly status?: JobStatus | undefined;
	readonly operation?: string | undefined;
	/** Sequence number to go on below, from the last page's cursor. */
	readonly cursor?: string | undefined;
	readonly limit: number;
}

const STATES: Record<JobStatus, readonly string[]> = {
	queued: ['created', 'retry'],
	running: ['active'],
	succeeded: ['completed'],
	failed: ['failed'],
	cancelled: ['cancelled'],
};

/** JSON with sorted keys, so that the same request has the same hash however it was written. */
const canonical = (value: unknown): unknown => {
	if (Array.isArray(value)) return value.map(canonical);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
	return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
};

const hashOf = (submission: Submission): string => {
	const { operation, input } = submission.payload;
	return createHash('sha256')
		.update(JSON.stringify(canonical({ operation, input })))
		.digest('hex');
};

/** Submits, finds, cancels and retries jobs. */
export class JobStore {
	readonly #pool: Pool;
	readonly #boss: PgBoss;

	constructor(pool: Pool, boss: PgBoss) {
		this.#pool = pool;
		this.#boss = boss;
	}

	/**
	 * Stores a job; when it resolves, the job is on disk. With an idempotency key that is known, answers the job
	 * it named, unless that one failed or was cancelled: then the key names a new job.
	 * @throws CodedError conflict when the key was used with another body
	 */
	async submit(submission: Submission): Promise<JobView> {
		const bodyHash = hashOf(submission);
		return this.#transaction(async (client) => {
			const known = await this.#findByKey(client, submission.idempotencyKey, bodyHash);
			if (known) return known;
			const id = await this.#insert(client, submission, bodyHash);
			return this.#require(id, client);
		});
	}

	async #findByKey(
		client: PoolClient,
		key: string | undefined,
		bodyHash: string,
	): Promise<JobView | undefined> {
		if (key === undefined) return undefined;
		await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
		const { rows } = await client.query<{ job_id: string; body_hash: string }>(
			'SELECT job_id, body_hash FROM gpu_media.submission WHERE idempotency_key = $1',
			[key],
		);
		const known = rows[0];
		if (!known) return undefined;
		if (known.body_hash !== bodyHash) {
			throw new CodedError(
				'conflict',
				'This Idempotency-Key was used with another request. Use a new key for a new request.',
				{
					details: { job_id: known.job_id },
				},
			);
		}
		const [view] = await this.#select('WHERE s.job_id = $1', [known.job_id], client);
		if (view && view.status !== 'failed' && view.status !== 'cancelled') return view;
		await client.query('UPDATE gpu_media.submission SET idempotency_key = NULL WHERE job_id = $1', [
			known.job_id,
		]);
		return undefined;
	}

	async #insert(client: PoolClient, submission: Submission, bodyHash: string): Promise<string> {
		const { payload, metadata, webhook, batch } = submission;
		const queue = findOperation(payload.operation)?.queue;
		if (!queue)
			throw new CodedError('invalid_request', `There is no operation "${payload.operation}".`);
		const id = randomUUID();
		await client.query(
			`INSERT INTO gpu_media.submission (job_id, queue, operation, metadata, idempotency_key, body_hash, batch_id, batch_size, webhook)
			 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			[
				id,
				queue,
				payload.operation,
				metadata,
				submission.idempotencyKey,
				bodyHash,
				batch?.id,
				batch?.size,
				webhook,
			],
		);
		await this.#boss.send(queue, payload, { id, priority: submission.priority, db: asDb(client) });
		return id;
	}

	async get(id: string): Promise<JobView | undefined> {
		return (await this.many([id]))[0];
	}

	/** The jobs that exist of these, in the order asked for. */
	async many(ids: readonly string[]): Promise<JobView[]> {
		const views = await this.#select('WHERE s.job_id = ANY($1::uuid[])', [ids]);
		const byId = new Map(views.map((view) => [view.id, view]));
		return ids.flatMap((id) => byId.get(id) ?? []);
	}

	/** Newest first. `next` is the cursor of the next page. */
	async list(filter: ListFilter): Promise<{ jobs: JobView[]; next: string | null }> {
		const rows = await this.#rows(
			`WHERE ($1::text[] IS NULL OR j.state::text = ANY($1)) AND ($2::text IS NULL OR s.operation = $2)
			 AND ($3::bigint IS NULL OR s.sequence < $3) ORDER BY s.sequence DESC LIMIT $4`,
			[filter.status ? STATES[filter.status] : null, filter.operation, filter.cursor, filter.limit],
		);
		const last = rows.length === filter.limit ? rows.at(-1) : undefined;
		return { jobs: rows.map(toView), next: last?.sequence ?? null };
	}

	/** Cancels a job that has not ended; answers it as it is then. @throws CodedError not_found */
	async cancel(id: string): Promise<JobView> {
		const row = await this.#requireRow(id);
		const view = toView(row);
		if (hasEnded(view.status)) return view;
		await this.#boss.cancel(row.queue, id);
		return this.#require(id);
	}

	/** Runs a failed job again under the same id. @throws CodedError not_found, conflict when it has not failed */
	async retry(id: string): Promise<JobView> {
		const row = await this.#requireRow(id);
		const { status } = toView(row);
		if (status !== 'failed') {
			throw new CodedError('conflict', `Only a failed job can be retried; this one is ${status}.`);
		}
		await this.#query(
			'UPDATE gpu_media.submission SET failures = 0, webhook_sent = false WHERE job_id = $1',
			[id],
		);
		await this.#boss.retry(row.queue, id);
		await this.#boss.update(row.queue, undefined, { id, startAfter: new Date() });
		return this.#require(id);
	}

	/** How many jobs there are of each status. */
	async count(): Promise<Record<JobStatus, number>> {
		const { rows } = await this.#query<{ state: string; count: number }>(
			'SELECT j.state::text, count(*)::int FROM gpu_media.submission s JOIN pgboss.job j ON j.name = s.queue AND j.id = s.job_id GROUP BY 1',
		);
		const counts = Object.entries(STATES).map(([status, states]) => [
			status,
			rows.reduce((sum, row) => sum + (states.includes(row.state) ? row.count : 0), 0),
		]);
		return Object.fromEntries(counts) as Record<JobStatus, number>;
	}

	async #require(id: string, client?: PoolClient): Promise<JobView> {
		return toView(await this.#requireRow(id, client));
	}

	async #requireRow(id: string, client?: PoolClient): Promise<JobRow> {
		const [row] = await this.#rows('WHERE s.job_id = $1', [id], client);
		if (!row)
			throw new CodedError(
				'not_found',
				`There is no job ${id}. Finished jobs are kept for 7 days.`,
			);
		return row;
	}

	async #select(where: string, values: unknown[], client?: PoolClient): Promise<JobView[]> {
		return (await this.#rows(where, values, client)).map(toView);
	}

	async #rows(where: string, values: unknown[], client?: PoolClient): Promise<JobRow[]> {
		return (await this.#query<JobRow>(`${SELECT_JOBS} ${where}`, values, client)).rows;
	}

	async #query<Row extends QueryResultRow>(
		text: string,
		values: unknown[] = [],
		client?: PoolClient,
	): Promise<QueryResult<Row>> {
		try {
			return await (client ?? this.#pool).query<Row>(text, values);
		} catch (error) {
			throw databaseError(error);
		}
	}

	async #transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
		try {
			return await inTransaction(this.#pool, work);
		} catch (error) {
			throw databaseError(error);
		}
	}
}
