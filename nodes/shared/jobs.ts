import { createHash, randomUUID } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { JobView } from './contract';
import {
	jobError,
	lostError,
	type NodeError,
	requestError,
	stoppedError,
	timeoutError,
	unknownJobError,
} from './errors';
import { inLanes } from './lanes';
import type { WaitOptions } from './parameters';
import { pause } from './pause';
import { connectWorker, type JobRequest, RequestFailure, type Worker } from './transport';

/** One job, and the input items it is for. */
export interface Batch<Input extends object = object> {
	itemIndexes: number[];
	input: Input;
}

export type Outcome = { job: JobView } | { error: NodeError; jobId?: string };

/** Requests under way at once. */
const SUBMIT_LANES = 4;
const CANCEL_LANES = 10;
/** The worker answers for at most this many jobs in one request. */
const IDS_PER_POLL = 100;
/** Longest time in seconds the worker is asked to hold a poll. */
const POLL_WAIT_SECONDS = 20;
/** Least time in milliseconds between polls, should something on the way answer them at once. */
const POLL_INTERVAL_MS = 1_000;

interface Work {
	operation: string;
	batches: Batch[];
	options: WaitOptions;
}

interface Run extends Work {
	ctx: IExecuteFunctions;
	worker: Worker;
	signal: AbortSignal | undefined;
	keyOf: (itemIndex: number, job: JobRequest) => string;
	/** One per batch, in the order of the batches. */
	outcomes: Outcome[];
	/** Jobs that have not ended, oldest first, with the batches they are for. */
	pending: Map<string, number[]>;
	/** Set once the worker refuses or cannot be reached: the rest need not be tried. */
	refusal?: RequestFailure;
}

/**
 * The same key for the same item of the same run of the node, so that n8n's "Retry On Fail" and a repeated request
 * find the job that is already there. A new execution, another round of a loop or a changed parameter gives another.
 */
function keysOf(ctx: IExecuteFunctions): Run['keyOf'] {
	const place = [
		ctx.getInstanceId(),
		ctx.getWorkflow().id ?? '',
		ctx.getExecutionId() ?? randomUUID(),
		ctx.getNode().id,
		ctx.getWorkflowDataProxy(0).$runIndex,
	];
	return (itemIndex, job) =>
		createHash('sha256')
			.update(JSON.stringify([...place, itemIndex, job]))
			.digest('hex');
}

function throwIfStopped(run: Run): void {
	if (run.signal?.aborted) throw stoppedError(run.ctx.getNode());
}

const firstItem = (run: Run, batchIndex: number): number => run.batches[batchIndex].itemIndexes[0];

/** Keeps an outcome. Without "continue on fail" the first that is no success ends the run. */
function settle(run: Run, batchIndex: number, outcome: Outcome): void {
	run.outcomes[batchIndex] = outcome;
	if ('error' in outcome && !run.ctx.continueOnFail()) throw outcome.error;
}

/** Takes a job off the list of pending ones and settles every batch it was for. */
function settleJob(run: Run, jobId: string, outcomeOf: (itemIndex: number) => Outcome): void {
	const batchIndexes = run.pending.get(jobId) ?? [];
	run.pending.delete(jobId);
	for (const batchIndex of batchIndexes) {
		settle(run, batchIndex, outcomeOf(firstItem(run, batchIndex)));
	}
}

const hasEnded = (job: JobView): boolean => job.status !== 'queued' && job.status !== 'running';

function settleEnded(run: Run, job: JobView): void {
	const succeeded = job.status === 'succeeded' && job.result !== null;
	settleJob(run, job.id, (itemIndex) =>
		succeeded ? { job } : { error: jobError(run.ctx.getNode(), job, itemIndex), jobId: job.id },
	);
}

function requestFor(run: Run, batchIndex: number): JobRequest {
	const { ctx, operation, batches } = run;
	const metadata = {
		source: 'n8n',
		workflow_id: ctx.getWorkflow().id ?? null,
		execution_id: ctx.getExecutionId() ?? null,
		node: ctx.getNode().name,
		item: firstItem(run, batchIndex),
	};
	return { operation, input: batches[batchIndex].input, metadata };
}

/** Statuses that blame the request itself; any other blames the worker, the key or the way there. */
const blamesRequest = ({ failure }: RequestFailure): boolean =>
	[400, 409, 413, 422].includes(failure.status ?? 0);

async function submit(run: Run, batchIndex: number): Promise<void> {
	throwIfStopped(run);
	const itemIndex = firstItem(run, batchIndex);
	const request = requestFor(run, batchIndex);
	const reply = run.refusal
		? { failure: run.refusal }
		: await run.worker.submit(request, run.keyOf(itemIndex, request)).then(
				(job) => ({ job }),
				(failure: unknown) => ({ failure }),
			);
	if ('job' in reply) {
		const { job } = reply;
		run.pending.set(job.id, [...(run.pending.get(job.id) ?? []), batchIndex]);
		if (hasEnded(job)) settleEnded(run, job);
		return;
	}
	throwIfStopped(run);
	const { failure } = reply;
	if (failure instanceof RequestFailure && !blamesRequest(failure)) run.refusal = failure;
	settle(run, batchIndex, { error: requestError(run.ctx.getNode(), failure, { itemIndex }) });
}

/** Asks for `ids` and settles those that have ended or are unknown. Answers how many that were. */
async function poll(run: Run, ids: string[], waitSeconds: number): Promise<number> {
	const jobs = new Map((await run.worker.poll(ids, waitSeconds)).map((job) => [job.id, job]));
	let settled = 0;
	for (const id of ids) {
		const job = jobs.get(id);
		if (job && !hasEnded(job)) continue;
		settled += 1;
		if (job) settleEnded(run, job);
		else
			settleJob(run, id, (item) => ({
				error: unknownJobError(run.ctx.getNode(), id, item),
				jobId: id,
			}));
	}
	return settled;
}

/** Gives up waiting for what is pending. The jobs go on, so they leave the list of those to cancel. */
function leavePending(run: Run, errorOf: (jobIds: string[], itemIndex: number) => NodeError): void {
	const left = [...run.pending.entries()];
	run.pending.clear();
	const otherIds = left.map(([id]) => id);
	for (const [jobId, batchIndexes] of left) {
		const ids = [jobId, ...otherIds.filter((id) => id !== jobId)];
		for (const batchIndex of batchIndexes) {
			settle(run, batchIndex, { error: errorOf(ids, firstItem(run, batchIndex)), jobId });
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
	leavePending(run, (jobIds, itemIndex) =>
		timeoutError(run.ctx.getNode(), jobIds, { itemIndex, minutes }),
	);
}

/**
 * Polls the oldest 100 pending jobs until none is left: jobs end about in the order they came, and as they leave
 * the list younger ones move up, so one request at a time is enough for any number.
 */
async function waitForAll(run: Run): Promise<void> {
	const deadline = Date.now() + run.options.timeoutMinutes * 60_000;
	while (run.pending.size > 0) {
		throwIfStopped(run);
		const began = Date.now();
		if (began >= deadline) return await endOfWait(run);
		const waitSeconds = Math.min(POLL_WAIT_SECONDS, Math.ceil((deadline - began) / 1000));
		const ids = [...run.pending.keys()].slice(0, IDS_PER_POLL);
		const settled = await poll(run, ids, waitSeconds);
		const early = POLL_INTERVAL_MS - (Date.now() - began);
		if (settled === 0 && early > 0) await pause(Math.min(early, deadline - Date.now()), run.signal);
	}
}

/** Cancels what is pending, as far as the worker can be reached, and tells the ids that were told to it. */
async function cancelPending(run: Run): Promise<string[]> {
	const ids = [...run.pending.keys()];
	const cancelled: string[] = [];
	await inLanes(CANCEL_LANES, ids.length, async (index) => {
		await run.worker.cancel(ids[index]).then(
			() => void cancelled.push(ids[index]),
			() => run.ctx.logger.warn(`GPU Media job ${ids[index]} could not be cancelled`),
		);
	});
	return cancelled;
}

/** What a run that ends early leaves behind, said in its error. */
async function cleanUp(run: Run, error: NodeError): Promise<NodeError> {
	const cancelled = run.options.cancelOnStop ? await cancelPending(run) : [];
	const goingOn = [...run.pending.keys()].filter((id) => !cancelled.includes(id));
	const notes = [
		error.description,
		cancelled.length > 0 ? `Cancelled jobs: ${cancelled.join(', ')}` : '',
		goingOn.length > 0 ? `Jobs that go on at the worker: ${goingOn.join(', ')}` : '',
	];
	error.description = notes.filter((note) => note).join('. ');
	return error;
}

async function finish(run: Run): Promise<void> {
	await inLanes(SUBMIT_LANES, run.batches.length, (index) => submit(run, index));
	try {
		await waitForAll(run);
	} catch (error) {
		if (!(error instanceof RequestFailure)) return await Promise.reject(error);
		throwIfStopped(run);
		leavePending(run, ([jobId], itemIndex) =>
			lostError(run.ctx.getNode(), error, { itemIndex, jobId }),
		);
	}
}

/**
 * Submits every batch, then waits for all. One outcome per batch, in their order. Without "continue on fail" the
 * first failure is thrown; the jobs still pending are cancelled then, as on a stop of the execution.
 */
export async function runJobs(ctx: IExecuteFunctions, work: Work): Promise<Outcome[]> {
	const failed = (error: unknown, itemIndex: number) =>
		requestError(ctx.getNode(), error, { itemIndex });
	let worker: Worker;
	try {
		worker = await connectWorker(ctx);
	} catch (error) {
		if (!ctx.continueOnFail()) throw failed(error, work.batches[0].itemIndexes[0]);
		return work.batches.map(({ itemIndexes }) => ({ error: failed(error, itemIndexes[0]) }));
	}
	const signal = ctx.getExecutionCancelSignal?.();
	const run: Run = {
		...work,
		ctx,
		worker,
		signal,
		keyOf: keysOf(ctx),
		outcomes: [],
		pending: new Map(),
	};
	try {
		await finish(run);
		return run.outcomes;
	} catch (error) {
		throw await cleanUp(run, failed(error, 0));
	}
}
