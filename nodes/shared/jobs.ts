import type { IExecuteFunctions } from 'n8n-workflow';
import { type NodeError, requestError } from './errors';
import { inLanes } from './lanes';
import type { Batch, Outcome, Run, Work } from './run';
import { submitAll } from './submitting';
import { connectWorker, type Worker } from './transport';
import { waitForAll } from './waiting';

/** Cancel requests under way at once. */
const CANCEL_LANES = 10;

/** Cancels what is pending, as far as the worker can be reached. Answers the ids it was told. */
async function cancelPending(run: Run): Promise<string[]> {
	const ids = [...run.pending.keys()];
	const cancelled: string[] = [];
	await inLanes(CANCEL_LANES, ids, async (id) => {
		await run.worker.cancel(id).then(
			() => void cancelled.push(id),
			() => run.ctx.logger.warn(`GPU Media job ${id} could not be cancelled`),
		);
	});
	return cancelled;
}

/** Ends what a run that failed leaves behind, and says in its error what became of it. */
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

/**
 * Submits every batch, then waits for all. One outcome for each batch. Without "continue on fail" the
 * first failure is thrown; the jobs still pending are cancelled then, as on a stop of the execution.
 */
export async function runJobs(ctx: IExecuteFunctions, work: Work): Promise<Map<Batch, Outcome>> {
	const failed = (error: unknown, itemIndex: number) =>
		requestError(ctx.getNode(), error, { itemIndex });
	let worker: Worker;
	try {
		worker = await connectWorker(ctx);
	} catch (error) {
		if (!ctx.continueOnFail()) throw failed(error, 0);
		return new Map(
			work.batches.map((batch) => [batch, { error: failed(error, batch.itemIndexes[0]) }]),
		);
	}
	const signal = ctx.getExecutionCancelSignal?.();
	const run: Run = { ...work, ctx, worker, signal, outcomes: new Map(), pending: new Map() };
	try {
		await submitAll(run);
		await waitForAll(run);
		return run.outcomes;
	} catch (error) {
		throw await cleanUp(run, failed(error, 0));
	}
}
