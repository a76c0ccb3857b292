import type { Pool } from 'pg';
import type { JobResult, JobWithMetadata, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { CodedError, toCodedError } from '../../errors.ts';
import type { Executor } from '../../executors/executor.ts';
import { findOperation, type OperationName } from '../../operations/index.ts';
import type { QueueName } from '../../operations/operation.ts';
import { databaseError } from '../database/unavailable.ts';
import type { JobEvents, QueueState } from './job-events.ts';
import { serialiseError } from './job-view.ts';
import { ProgressWriter } from './progress-writer.ts';
import { PublishedOutputs } from './published-outputs.ts';
import { JOB_QUEUES } from './queues.ts';

const payloadSchema = z.object({
	operation: z.string(),
	input: z.unknown(),
	public_url: z.string(),
});

/** How often a queue is looked at, in seconds. New jobs are told at once; a retry whose wait is over is only found by looking. */
const POLL_SECONDS = 2;

/**
 * Jobs taken at once per queue. Encodes get two more than there are encoder slots, so that the next inputs are
 * downloaded and the last outputs uploaded while the slots are busy; network jobs hardly use the CPU.
 */
const concurrencyOf = (queue: QueueName, config: Config): number =>
	({ encode: config.CPU_ENCODES + 2, network: 4, transcribe: 1 })[queue];

interface Parts {
	readonly boss: PgBoss;
	readonly pool: Pool;
	readonly events: JobEvents;
	readonly executor: Executor;
	readonly config: Config;
	readonly logger: Logger;
	/** This worker's own name in the database, the same after a restart. */
	readonly workerId: string;
	/** Told of every attempt that ended, with its wall time. */
	readonly onFinished: (operation: string, outcome: string, seconds: number) => void;
}

/** Renews the claim on a job; pg-boss tells how many rows it touched, though its types do not say so. */
async function isOurs(
	boss: PgBoss,
	{ name, id, retryCount }: JobWithMetadata<unknown>,
): Promise<boolean> {
	const touched = await boss.touch(name, { id, retryCount });
	return z.object({ affected: z.number() }).parse(touched).affected === 1;
}

/** Why an attempt failed. A database that went away in the middle of it is no fault of the job, which runs again. */
function attemptError(error: unknown): CodedError {
	const coded = toCodedError(error);
	const isDatabase = coded.code === 'internal' && databaseError(coded.cause) !== coded.cause;
	if (!isDatabase) return coded;
	return new CodedError('worker_lost', 'The worker lost its database in the middle of the job.', {
		cause: coded.cause,
	});
}

/** Takes jobs from the queues and has them executed. */
export class JobRunner {
	readonly #parts: Parts;
	readonly #running = new Map<string, AbortController>();

	constructor(parts: Parts) {
		this.#parts = parts;
		parts.events.on('state', (id, state) => this.#onState(id, state));
	}

	async start(): Promise<void> {
		const { boss, config } = this.#parts;
		for (const queue of JOB_QUEUES) {
			const options = {
				includeMetadata: true,
				perJobResults: true,
				localConcurrency: concurrencyOf(queue, config),
				pollingIntervalSeconds: POLL_SECONDS,
				notifyPollingIntervalSeconds: POLL_SECONDS,
			} as const;
			await boss.work(queue, options, (jobs: JobWithMetadata<unknown>[]) =>
				Promise.all(jobs.map((job) => this.#handle(job))),
			);
		}
	}

	/** Takes no more jobs, waits up to `graceSeconds` for those that run, then gives the rest back to the queue. */
	async stop(graceSeconds: number): Promise<void> {
		const timer = setTimeout(() => {
			const reason = new CodedError(
				'worker_lost',
				'The worker was stopped. The job goes on when it is back.',
			);
			for (const controller of this.#running.values()) controller.abort(reason);
		}, graceSeconds * 1000);
		try {
			await Promise.all(JOB_QUEUES.map((queue) => this.#parts.boss.offWork(queue, { wait: true })));
		} finally {
			clearTimeout(timer);
		}
	}

	/** A cancel, wherever it was asked for, reaches the running job through its state. */
	#onState(jobId: string, state: QueueState): void {
		if (state === 'cancelled') {
			this.#running.get(jobId)?.abort(new CodedError('cancelled', 'The job was cancelled.'));
		}
	}

	async #handle(job: JobWithMetadata<unknown>): Promise<JobResult> {
		const began = performance.now();
		const controller = new AbortController();
		this.#running.set(job.id, controller);
		try {
			const output = await this.#execute(job, controller);
			this.#finished(job, 'succeeded', began);
			return { id: job.id, status: 'completed', output };
		} catch (error) {
			return await this.#fail(job, attemptError(error), began);
		} finally {
			this.#running.delete(job.id);
		}
	}

	async #execute(
		job: JobWithMetadata<unknown>,
		controller: AbortController,
	): Promise<Record<string, unknown>> {
		const { pool, executor, boss, workerId } = this.#parts;
		const payload = payloadSchema.parse(job.data);
		const operation = findOperation(payload.operation);
		if (!operation)
			throw new CodedError(
				'internal',
				`This worker does not know the operation "${payload.operation}". Update it.`,
			);
		const lost = new CodedError('worker_lost', 'Another worker has taken over this job.');
		// A cancel before this line was told to nobody; from here on it reaches the controller.
		if (!(await isOurs(boss, job))) throw lost;
		await pool.query('UPDATE gpu_media.submission SET worker = $2 WHERE job_id = $1', [
			job.id,
			workerId,
		]);
		await using progress = new ProgressWriter(pool, job.id);
		job.signal.addEventListener('abort', () => controller.abort(lost), { once: true });
		return await executor.run(
			{
				id: job.id,
				operation: operation.name as OperationName,
				input: operation.input.parse(payload.input),
				attempt: job.retryCount + 1,
				publicUrl: payload.public_url,
			},
			{
				signal: controller.signal,
				onProgress: (percent, stage) => progress.update(percent, stage),
				stillOurs: () => isOurs(boss, job),
				published: new PublishedOutputs(pool, job.id),
			},
		);
	}

	async #fail(job: JobWithMetadata<unknown>, error: CodedError, began: number): Promise<JobResult> {
		const { logger, pool, config } = this.#parts;
		const again =
			error.code === 'worker_lost' ||
			(error.retryable && (await this.#countFailure(pool, job.id)) <= config.RETRY_LIMIT);
		logger[error.code === 'internal' ? 'error' : 'info'](
			{
				job: job.id,
				code: error.code,
				again,
				err: error.code === 'internal' ? error.cause : undefined,
			},
			`job ${error.code === 'cancelled' ? 'cancelled' : 'failed'}: ${error.message}`,
		);
		this.#finished(job, again ? 'retried' : error.code, began);
		return { id: job.id, status: again ? 'failed' : 'deadletter', output: serialiseError(error) };
	}

	async #countFailure(pool: Pool, jobId: string): Promise<number> {
		const { rows } = await pool.query<{ failures: number }>(
			'UPDATE gpu_media.submission SET failures = failures + 1 WHERE job_id = $1 RETURNING failures',
			[jobId],
		);
		return rows[0]?.failures ?? Number.POSITIVE_INFINITY;
	}

	#finished(job: JobWithMetadata<unknown>, outcome: string, began: number): void {
		const operation = payloadSchema.safeParse(job.data).data?.operation ?? 'unknown';
		const seconds = (performance.now() - began) / 1000;
		this.#parts.onFinished(operation, outcome, seconds);
		this.#parts.logger.info(
			{ job: job.id, operation, outcome, seconds: Math.round(seconds * 1000) / 1000 },
			'job attempt ended',
		);
	}
}
