import type { JobError, JobStatus, JobView } from '../../job.ts';
import { CodedError, ERROR_CODES, type ErrorCode } from '../../errors.ts';
import type { QueueState } from './job-events.ts';

/** A job as the database has it: pg-boss's row beside ours. */
export interface JobRow {
	readonly id: string;
	readonly queue: string;
	readonly operation: string;
	readonly state: QueueState;
	readonly output: Record<string, unknown> | null;
	readonly retry_count: number;
	readonly metadata: Record<string, unknown> | null;
	readonly created_on: Date;
	readonly started_on: Date | null;
	readonly completed_on: Date | null;
	readonly percent: number | null;
	readonly stage: string | null;
	readonly updated_on: Date | null;
	readonly sequence: string;
}

/** Selects JobRows; a WHERE clause on s (submission), j (pg-boss's job) or p (progress) follows. */
export const SELECT_JOBS = `
SELECT j.id, s.queue, s.operation, j.state, j.output, j.retry_count, s.metadata, s.sequence,
	s.created_on, j.started_on, j.completed_on, p.percent, p.stage, p.updated_on
FROM gpu_media.submission s
JOIN pgboss.job j ON j.name = s.queue AND j.id = s.job_id
LEFT JOIN gpu_media.progress p ON p.job_id = s.job_id`;

const STATUS: Record<QueueState, JobStatus> = {
	created: 'queued',
	retry: 'queued',
	active: 'running',
	completed: 'succeeded',
	cancelled: 'cancelled',
	failed: 'failed',
};

/** pg-boss writes its own words where a worker fell silent; ours have a code. */
function errorOf(output: Record<string, unknown> | null): JobError {
	const code = output?.['code'];
	if (typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)) {
		return {
			code: code as ErrorCode,
			message: String(output?.['message'] ?? ''),
			retryable: ERROR_CODES[code as ErrorCode].retryable,
			...(output?.['details'] ? { details: output['details'] as Record<string, unknown> } : {}),
		};
	}
	return serialiseError(
		new CodedError(
			'worker_lost',
			"The worker stopped while it had this job, more often than is allowed. Retry it, and look at the worker's log for why it stopped.",
		),
	);
}

/** The form a failure is stored in and shown. */
export function serialiseError(error: CodedError): JobError {
	return {
		code: error.code,
		message: error.message,
		retryable: error.retryable,
		...(error.details ? { details: error.details } : {}),
	};
}

const CANCELLED = serialiseError(new CodedError('cancelled', 'The job was cancelled.'));

/** What clients see of a job. */
export function toView(row: JobRow): JobView {
	const status = STATUS[row.state];
	const succeeded = status === 'succeeded';
	return {
		id: row.id,
		operation: row.operation,
		status,
		progress: {
			percent: succeeded ? 100 : status === 'queued' ? 0 : Math.round((row.percent ?? 0) * 10) / 10,
			stage: succeeded ? 'done' : status === 'queued' ? 'queued' : (row.stage ?? 'queued'),
			updated_at: row.updated_on?.toISOString() ?? null,
		},
		result: succeeded ? row.output : null,
		error: status === 'failed' ? errorOf(row.output) : status === 'cancelled' ? CANCELLED : null,
		attempt: row.retry_count + 1,
		metadata: row.metadata,
		created_at: row.created_on.toISOString(),
		started_at: status === 'queued' ? null : (row.started_on?.toISOString() ?? null),
		finished_at: row.completed_on?.toISOString() ?? null,
		duration_ms:
			row.completed_on && row.started_on
				? row.completed_on.getTime() - row.started_on.getTime()
				: null,
	};
}
