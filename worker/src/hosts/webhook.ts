import { createHmac } from 'node:crypto';
import type { AxiosInstance } from 'axios';
import type { Pool } from 'pg';
import type { Job, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { z } from 'zod';
import { CodedError } from '../errors.ts';
import { asDb, inTransaction } from './database/transaction.ts';
import { ENDED_STATES, type JobEvents } from './queue/job-events.ts';
import type { JobStore } from './queue/job-store.ts';
import { WEBHOOK_QUEUE } from './queue/queues.ts';

/** A receiver must answer within this time, in milliseconds. */
const TIMEOUT_MS = 20_000;

/** How often deliveries that a crash kept back are looked for, in milliseconds. */
const SWEEP_MS = 15_000;

/** How often deliveries whose wait for another try is over are looked for, in seconds. */
const LOOK_SECONDS = 1;

/** Deliveries made at once per worker. */
const CONCURRENCY = 4;

const deliverySchema = z.object({
	url: z.string(),
	secret: z.string().optional(),
	job_ids: z.array(z.string()),
	batch_id: z.string().nullable(),
});

/**
 * Marks the webhooks that are due as sent and answers what to deliver, in one statement, so that each is delivered
 * by one worker: a job's own when it has ended, a batch's once, when all its jobs exist and have ended.
 */
const CLAIM_DUE = `
WITH ended AS (
	SELECT s.job_id, s.sequence, s.batch_id, s.batch_size, s.webhook
	FROM gpu_media.submission s JOIN pgboss.job j ON j.name = s.queue AND j.id = s.job_id
	WHERE s.webhook IS NOT NULL AND NOT s.webhook_sent AND j.state = ANY($1::pgboss.job_state[])
), complete AS (
	SELECT batch_id FROM ended WHERE batch_id IS NOT NULL GROUP BY batch_id HAVING count(*) >= max(batch_size)
), claimed AS (
	UPDATE gpu_media.submission s SET webhook_sent = true FROM ended e
	WHERE s.job_id = e.job_id AND NOT s.webhook_sent AND (e.batch_id IS NULL OR e.batch_id IN (SELECT batch_id FROM complete))
	RETURNING s.job_id, s.sequence, s.batch_id, s.webhook
)
SELECT (array_agg(webhook ORDER BY sequence))[1] AS webhook, batch_id, array_agg(job_id::text ORDER BY sequence) AS job_ids
FROM claimed GROUP BY batch_id, CASE WHEN batch_id IS NULL THEN job_id END`;

interface Due {
	readonly webhook: { url: string; secret?: string };
	readonly batch_id: string | null;
	readonly job_ids: string[];
}

/** The `webhook-signature` of the Standard Webhooks rules: HMAC-SHA256 over "id.timestamp.body". */
export function sign(
	secret: string,
	message: { id: string; timestamp: number; body: string },
): string {
	const key = secret.startsWith('whsec_')
		? Buffer.from(secret.slice('whsec_'.length), 'base64')
		: Buffer.from(secret);
	const text = `${message.id}.${message.timestamp}.${message.body}`;
	return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

interface Parts {
	readonly pool: Pool;
	readonly boss: PgBoss;
	readonly store: JobStore;
	readonly events: JobEvents;
	readonly http: AxiosInstance;
	readonly logger: Logger;
}

/** Calls the webhooks of jobs and batches that have ended, again and again until the receiver answers 2xx. */
export class Webhooks {
	readonly #parts: Parts;
	#timer: NodeJS.Timeout | undefined;
	#claiming: Promise<void> = Promise.resolve();
	#isWaiting = false;

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	async start(): Promise<void> {
		const { boss, events } = this.#parts;
		await boss.work(
			WEBHOOK_QUEUE,
			{
				localConcurrency: CONCURRENCY,
				pollingIntervalSeconds: LOOK_SECONDS,
				notifyPollingIntervalSeconds: LOOK_SECONDS,
			},
			async ([job]: Job<unknown>[]) => {
				if (job) await this.#deliver(job);
			},
		);
		events.on('state', (_id, state) => {
			if (ENDED_STATES.includes(state)) this.claimDue();
		});
		this.#timer = setInterval(() => this.claimDue(), SWEEP_MS);
		this.claimDue();
	}

	async stop(): Promise<void> {
		clearInterval(this.#timer);
		await this.#claiming;
		await this.#parts.boss.offWork(WEBHOOK_QUEUE, { wait: true });
	}

	/** Queues what is due. Calls while one is waiting for its turn add nothing: a burst of ends is a statement or two. */
	claimDue(): void {
		if (this.#isWaiting) return;
		this.#isWaiting = true;
		this.#claiming = this.#claiming
			.then(() => {
				this.#isWaiting = false;
				return this.#claim();
			})
			.catch((error: unknown) => this.#parts.logger.warn({ err: error }, 'webhooks'));
	}

	async #claim(): Promise<void> {
		const { pool, boss } = this.#parts;
		await inTransaction(pool, async (client) => {
			const { rows } = await client.query<Due>(CLAIM_DUE, [ENDED_STATES]);
			for (const { webhook, batch_id, job_ids } of rows) {
				const delivery = { ...webhook, batch_id, job_ids };
				await boss.send(WEBHOOK_QUEUE, delivery, { db: asDb(client) });
			}
		});
	}

	async #deliver(job: Job<unknown>): Promise<void> {
		const { store, http, logger } = this.#parts;
		const { url, secret, job_ids, batch_id } = deliverySchema.parse(job.data);
		const jobs = await store.many(job_ids);
		const body = JSON.stringify(
			batch_id === null
				? { type: 'job.ended', job: jobs[0] }
				: { type: 'batch.ended', batch: { id: batch_id, size: jobs.length }, jobs },
		);
		const timestamp = Math.floor(Date.now() / 1000);
		const call = http.post(url, body, {
			timeout: TIMEOUT_MS,
			signal: AbortSignal.any([job.signal, AbortSignal.timeout(TIMEOUT_MS)]),
			maxRedirects: 0,
			validateStatus: () => true,
			// The answer's text is of no interest; a megabyte bounds what a hostile receiver can send.
			maxContentLength: 1_048_576,
			headers: {
				'content-type': 'application/json',
				'webhook-id': job.id,
				'webhook-timestamp': String(timestamp),
				...(secret ? { 'webhook-signature': sign(secret, { id: job.id, timestamp, body }) } : {}),
			},
		});
		const response = await call.catch((error: unknown) => {
			const { message } = error as Error;
			logger.info({ webhook: job.id, jobs: job_ids }, `webhook could not be called: ${message}`);
			throw error;
		});
		if (response.status >= 200 && response.status < 300) return;
		logger.info(
			{ webhook: job.id, status: response.status },
			'webhook was not accepted; it is tried again',
		);
		throw new CodedError('unavailable', `The webhook answered ${response.status}.`);
	}
}
