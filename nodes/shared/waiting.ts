import { lostError, type NodeError, timeoutError, unknownJobError } from './errors';
import { pause } from './pause';
import {
	type Batch,
	hasEnded,
	type Run,
	settle,
	settleEnded,
	settleJob,
	throwIfStopped,
} from './run';
import { RequestFailure } from './transport';

/** The worker answers for at most this many jobs in one request. */
const IDS_PER_POLL = 100;
/** Longest time in seconds the worker is asked to hold a poll. */
const POLL_WAIT_SECONDS = 20;
/** Least time in milliseconds between polls, should something on the way answer them at once. */
const POLL_INTERVAL_MS = 1_000;

/** Asks for `ids` and settles those that have ended or are unknown. Answers how many that were. */
async function poll(run: Run, ids: string[], waitSeconds: number): Promise<number> {
	const jobs = new Map((await run.worker.poll(ids, waitSeconds)).map((job) => [job.id, job]));
	const unknown = (jobId: string) => (batch: Batch) => ({
		error: unknownJobError(run.ctx.getNode(), jobId, batch.itemIndexes[0]),
		jobId,
	});
	let settled = 0;
	for (const id of ids) {
		const job = jobs.get(id);
		if (job && !hasEnded(job)) continue;
		settled += 1;
		if (job) settleEnded(run, job);
		else settleJob(run, id, unknown(id));
	}
	return settled;
}

/** Gives up waiting for what is pending. The jobs go on, so they leave the list of those to cancel. */
function leavePending(run: Run, errorOf: (jobId: string, itemIndex: number) => NodeError): void {
	const left = [...run.pending];
	run.pending.clear();
	for (const [jobId, batches] of left) {
		for (const batch of batches) {
			settle(run, batch, { error: errorOf(jobId, batch.itemIndexes[0]), jobId });
		}
	}
}

/** One last look at every pending job, then the end of the wait. */
async function endOfWait(run: Run): Promise<void> {
	const ids = [...run.pending.keys()];
	for (let start = 0; start < ids.length; start += IDS_PER_POLL) {
		await poll(run, ids.slice(start, start + IDS_PER_POLL), 0);
	}
	const minutes = run.options.timeoutMinutes;
	const unfinished = [...run.pending.keys()];
	leavePending(run, (jobId, itemIndex) =>
		timeoutError(run.ctx.getNode(), { itemIndex, jobId, minutes, unfinished }),
	);
}

/**
 * Polls the oldest 100 pending jobs until none is left: jobs end about in the order they came, and as they leave
 * the list younger ones move up, so one request at a time is enough for any number.
 */
async function pollUntilDone(run: Run): Promise<void> {
	const deadline = Date.now() + run.options.timeoutMinutes * 60_000;
	while (run.pending.size > 0) {
		throwIfStopped(run);
		const began = Date.now();
		if (began >= deadline) return await endOfWait(run);
		const waitSeconds = Math.min(POLL_WAIT_SECONDS, Math.ceil((deadline - began) / 1000));
		const ids = [...run.pending.keys()].slice(0, IDS_PER_POLL);
		const settled = await poll(run, ids, waitSeconds);
		const early = began + POLL_INTERVAL_MS - Date.now();
		if (settled === 0 && early > 0) await pause(early, run.signal);
	}
}

/** Waits until every pending job has ended, the wait is over or the worker is lost. Throws as `settle`, or on a stop. */
export async function waitForAll(run: Run): Promise<void> {
	try {
		await pollUntilDone(run);
	} catch (error) {
		if (!(error instanceof RequestFailure)) return await Promise.reject(error);
		throwIfStopped(run);
		leavePending(run, (jobId, itemIndex) =>
			lostError(run.ctx.getNode(), error, { itemIndex, jobId }),
		);
	}
}
