import { createHash, randomUUID } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import { requestError } from './errors';
import { inLanes } from './lanes';
import { type Batch, hasEnded, type Run, settle, settleEnded, throwIfStopped } from './run';
import { type JobRequest, RequestFailure } from './transport';

/** Submissions under way at once. */
const SUBMIT_LANES = 4;

type KeyOf = (itemIndex: number, job: JobRequest) => string;

/**
 * The same key for the same item of the same run of the node, so that n8n's "Retry On Fail" and a repeated request
 * find the job that is already there. A new execution, another round of a loop and a changed parameter give another.
 */
function keysOf(ctx: IExecuteFunctions): KeyOf {
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

function requestFor({ ctx, operation }: Run, batch: Batch): JobRequest {
	const metadata = {
		source: 'n8n',
		workflow_id: ctx.getWorkflow().id ?? null,
		execution_id: ctx.getExecutionId() ?? null,
		node: ctx.getNode().name,
		item: batch.itemIndexes[0],
	};
	return { operation, input: batch.input, metadata };
}

/** Statuses that blame the request itself; any other blames the worker, the key or the way there. */
const blamesRequest = ({ failure }: RequestFailure): boolean =>
	[400, 409, 413, 422].includes(failure.status ?? 0);

async function send(run: Run, request: JobRequest, key: string) {
	if (run.refusal) return { failure: run.refusal };
	return await run.worker.submit(request, key).then(
		(job) => ({ job }),
		(failure: unknown) => ({ failure }),
	);
}

async function submit(run: Run, batch: Batch, keyOf: KeyOf): Promise<void> {
	throwIfStopped(run);
	const [itemIndex] = batch.itemIndexes;
	const request = requestFor(run, batch);
	const reply = await send(run, request, keyOf(itemIndex, request));
	if ('job' in reply) {
		const { job } = reply;
		run.pending.set(job.id, [...(run.pending.get(job.id) ?? []), batch]);
		if (hasEnded(job)) settleEnded(run, job);
		return;
	}
	throwIfStopped(run);
	const { failure } = reply;
	if (failure instanceof RequestFailure && !blamesRequest(failure)) run.refusal = failure;
	settle(run, batch, { error: requestError(run.ctx.getNode(), failure, { itemIndex }) });
}

/** Submits every batch; jobs that were accepted are pending then. Throws what `settle` throws, or on a stop. */
export async function submitAll(run: Run): Promise<void> {
	const keyOf = keysOf(run.ctx);
	await inLanes(SUBMIT_LANES, run.batches, (batch) => submit(run, batch, keyOf));
}
