import { PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Config } from '../../config.ts';
import { OPERATIONS } from '../../operations/index.ts';

/** Queues of operations: one per resource, so that a backlog of one kind never starves another. */
export const JOB_QUEUES = [...new Set(OPERATIONS.map((operation) => operation.queue))];

export const WEBHOOK_QUEUE = 'webhook';

/**
 * How often a job may be claimed again, whatever the reason. Failures that may pass are limited by RETRY_LIMIT;
 * this larger bound is for workers that die, and keeps an input that kills its worker from going round for ever.
 */
const CLAIM_LIMIT = 30;

/** pg-boss takes a job from a worker that was silent this long, in seconds. Its least is 10. */
const HEARTBEAT_SECONDS = 20;

/** pg-boss kills a claim this long after the worker's own deadline should have ended it, in seconds. */
const EXPIRY_MARGIN_SECONDS = 600;

/** Webhook tries: the first minutes close together (n8n may not be parked yet), then up to an hour apart, for about half a day. */
const WEBHOOK_RETRY = { retryLimit: 20, retryDelay: 1, retryBackoff: true, retryDelayMax: 3600 };

/** A pg-boss on the database at `url`, not started yet. */
export function createBoss(url: string, logger: Logger): PgBoss {
	const boss = new PgBoss({
		connectionString: url,
		application_name: 'gpu-media-worker',
		useListenNotify: true,
		// Jobs of a worker that died are found within this many seconds after their heartbeat has run out.
		superviseIntervalSeconds: 5,
		monitorIntervalSeconds: 5,
	});
	boss.on('error', (error) => logger.error({ err: error }, 'queue'));
	boss.on('warning', (warning) => logger.debug({ warning }, 'queue'));
	return boss;
}

/** Makes or updates the queues. */
export async function createQueues(boss: PgBoss, config: Config): Promise<void> {
	const jobs = {
		notify: true,
		heartbeatSeconds: HEARTBEAT_SECONDS,
		expireInSeconds: config.JOB_DEADLINE_SECONDS + EXPIRY_MARGIN_SECONDS,
		retryLimit: CLAIM_LIMIT,
		retryDelay: config.RETRY_DELAY_SECONDS,
		retryBackoff: true,
		retryDelayMax: 60,
	};
	for (const name of JOB_QUEUES) await createOrUpdate(boss, name, jobs);
	await createOrUpdate(boss, WEBHOOK_QUEUE, {
		notify: true,
		expireInSeconds: 120,
		...WEBHOOK_RETRY,
	});
}

async function createOrUpdate(boss: PgBoss, name: string, options: object): Promise<void> {
	await boss.createQueue(name, options);
	await boss.updateQueue(name, options);
}
