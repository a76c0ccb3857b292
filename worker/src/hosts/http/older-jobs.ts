import { CodedError, ERROR_CODES } from '../../errors.ts';
import type { JobStatus, JobView } from '../../job.ts';

/** The messages the older video API answered with, word for word. */
const MESSAGES: Record<string, string> = {
	caption: 'Video caption completed and uploaded to S3 successfully',
	img2vid: 'Images converted to videos and uploaded to S3 successfully',
	addaudio: 'Video addaudio completed and uploaded to S3 successfully',
};

/** The states as the older API named them, after the cloud it stood in front of. */
const STATES: Record<JobStatus, string> = {
	queued: 'IN_QUEUE',
	running: 'IN_PROGRESS',
	succeeded: 'COMPLETED',
	failed: 'FAILED',
	cancelled: 'CANCELLED',
};

interface Video {
	readonly id: string | number;
	readonly video_url: string;
	readonly filename: string;
}

/** A failed job as the error the older API answered with. */
export function throwIfFailed(job: JobView): void {
	if (job.status === 'succeeded') return;
	const code =
		job.error && Object.hasOwn(ERROR_CODES, job.error.code) ? job.error.code : 'internal';
	throw new CodedError(code, `${job.error?.message ?? 'The job did not succeed.'} (job ${job.id})`);
}

/** The older API's success body. Times are those of the job: waiting is delayTime, running is executionTime. */
export function olderBody(job: JobView): Record<string, unknown> {
	const result = job.result ?? {};
	const videos = (result['videos'] as Video[] | undefined)?.map(({ id, video_url, filename }) => ({
		id,
		video_url,
		filename,
	}));
	const started = Date.parse(job.started_at ?? job.created_at);
	const finished = Date.parse(job.finished_at ?? job.created_at);
	const durationMs = finished - started;
	return {
		code: 200,
		message: MESSAGES[job.operation] ?? 'Job completed successfully',
		...(videos ? { videos } : { video_url: result['video_url'] }),
		execution: {
			startTime: new Date(started).toISOString(),
			endTime: new Date(finished).toISOString(),
			durationMs,
			durationSeconds: Math.round(durationMs / 10) / 100,
		},
		stats: {
			jobId: job.id,
			delayTime: Math.max(0, started - Date.parse(job.created_at)),
			executionTime: durationMs,
			...(videos ? { total: videos.length, processed: videos.length } : {}),
		},
	};
}

/** A job's state as GET /job/{id} answers it: the success body once it has succeeded, beside its state. */
export function olderState(job: JobView): Record<string, unknown> {
	const state = { jobId: job.id, status: STATES[job.status], progress: job.progress.percent };
	if (job.status === 'succeeded') return { ...olderBody(job), ...state };
	const error = job.error ? { error: job.error.message } : {};
	return { code: 200, message: `Job is ${job.status}`, ...state, ...error };
}
