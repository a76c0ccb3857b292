import type { IExecuteFunctions } from 'n8n-workflow';
import type { JobView } from './contract';
import { jobError, type NodeError, stoppedError } from './errors';
import type { WaitOptions } from './parameters';
import type { RequestFailure, Worker } from './transport';

/** One job, and the input items it is for. */
export interface Batch<Input extends object = object> {
	itemIndexes: [number, ...number[]];
	input: Input;
}

export type Outcome = { job: JobView } | { error: NodeError; jobId?: string };

/** What a node wants done. */
export interface Work {
	operation: string;
	batches: Batch[];
	options: WaitOptions;
}

/** The state of one run of a node while it submits and waits. */
export interface Run extends Work {
	ctx: IExecuteFunctions;
	worker: Worker;
	signal: AbortSignal | undefined;
	outcomes: Map<Batch, Outcome>;
	/** Jobs that have not ended, oldest first, with the batches they are for. */
	pending: Map<string, Batch[]>;
	/** Set once the worker refuses or cannot be reached: the rest need not be tried. */
	refusal?: RequestFailure;
}

export function throwIfStopped(run: Run): void {
	if (run.signal?.aborted) throw stoppedError(run.ctx.getNode());
}

/** Keeps an outcome. Without "continue on fail" the first that is no success ends the run. */
export function settle(run: Run, batch: Batch, outcome: Outcome): void {
	run.outcomes.set(batch, outcome);
	if ('error' in outcome && !run.ctx.continueOnFail()) throw outcome.error;
}

/** Takes a job off the list of pending ones and settles every batch it was for. */
export function settleJob(run: Run, jobId: string, outcomeOf: (batch: Batch) => Outcome): void {
	const batches = run.pending.get(jobId) ?? [];
	run.pending.delete(jobId);
	for (const batch of batches) settle(run, batch, outcomeOf(batch));
}

export const hasEnded = (job: JobView): boolean =>
	job.status !== 'queued' && job.status !== 'running';

/** The item a failed job's error is about: of a job with many images the worker tells the position, counted from 1. */
function itemToBlame(batch: Batch, job: JobView): number {
	const position = Number(job.error?.details?.position);
	return batch.itemIndexes[position - 1] ?? batch.itemIndexes[0];
}

export function settleEnded(run: Run, job: JobView): void {
	const succeeded = job.status === 'succeeded' && job.result !== null;
	settleJob(run, job.id, (batch) =>
		succeeded
			? { job }
			: { error: jobError(run.ctx.getNode(), job, itemToBlame(batch, job)), jobId: job.id },
	);
}
