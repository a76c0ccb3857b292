import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { JobView } from './contract';
import { type NodeError, parameterError, stoppedError } from './errors';
import { runJobs } from './jobs';
import { parametersOf, type ReadParameter, readOptions, waitOptions } from './parameters';
import type { Batch, Outcome } from './run';

/** The jobs a run needs, and the items whose parameters do not allow one. */
export interface Plan<Input extends object> {
	batches: Array<Batch<Input>>;
	refused: Array<{ itemIndex: number; error: NodeError }>;
}

/** What an operation answers for one of its input items. */
export interface ItemResult {
	itemIndex: number;
	json: IDataObject;
}

export interface NodeOperation<Input extends object> {
	operation: string;
	/** Reads the parameters. Throws only what concerns all items. */
	plan(ctx: IExecuteFunctions): Plan<Input>;
	present(job: JobView, batch: Batch<Input>): ItemResult[];
}

/** Reads each item's parameters with `read`; an item that cannot be read ends the run, or is kept as refused. */
export function readItems<T>(
	ctx: IExecuteFunctions,
	read: (get: ReadParameter, itemIndex: number) => T,
): { values: Array<{ itemIndex: number; value: T }>; refused: Plan<never>['refused'] } {
	const values: Array<{ itemIndex: number; value: T }> = [];
	const refused: Plan<never>['refused'] = [];
	for (let itemIndex = 0; itemIndex < ctx.getInputData().length; itemIndex++) {
		try {
			values.push({ itemIndex, value: read(parametersOf(ctx, itemIndex), itemIndex) });
		} catch (error) {
			const explained = parameterError(ctx.getNode(), error, itemIndex);
			if (!ctx.continueOnFail()) throw explained;
			refused.push({ itemIndex, error: explained });
		}
	}
	return { values, refused };
}

/** One job for each input item. */
export const jobPerItem =
	<Input extends object>(read: (get: ReadParameter) => Input) =>
	(ctx: IExecuteFunctions): Plan<Input> => {
		const { values, refused } = readItems(ctx, read);
		const batches = values.map(({ itemIndex, value }): Batch<Input> => ({
			itemIndexes: [itemIndex],
			input: value,
		}));
		return { batches, refused };
	};

/** One output item for the job's one input item: the result with the job's id, what the next node needs first. */
export function presentResult(job: JobView, batch: Batch): ItemResult[] {
	const { video_url, filename, duration_seconds, encoder, timings, warnings, ...facts } =
		job.result as IDataObject;
	const first = { video_url, filename, job_id: job.id, duration_seconds };
	const json = { ...first, ...facts, encoder, timings, warnings };
	return [{ itemIndex: batch.itemIndexes[0], json }];
}

function errorItem(itemIndex: number, error: NodeError, jobId?: string): INodeExecutionData {
	const json: IDataObject = { error: error.message };
	if (jobId !== undefined) json.job_id = jobId;
	return { json, error, pairedItem: { item: itemIndex } };
}

function itemsOf<Input extends object>(
	operation: NodeOperation<Input>,
	batch: Batch<Input>,
	outcome: Outcome,
): INodeExecutionData[] {
	if ('error' in outcome) {
		return batch.itemIndexes.map((itemIndex) => errorItem(itemIndex, outcome.error, outcome.jobId));
	}
	return operation
		.present(outcome.job, batch)
		.map(({ itemIndex, json }) => ({ json, pairedItem: { item: itemIndex } }));
}

const sourceOf = (item: INodeExecutionData): number => (item.pairedItem as { item: number }).item;

/** The whole of a node's `execute`: plan, submit, wait, and the items in the order of the input. */
export async function runOperation<Input extends object>(
	ctx: IExecuteFunctions,
	operation: NodeOperation<Input>,
): Promise<INodeExecutionData[][]> {
	// With "Retry On Fail" n8n runs a node again even after the execution was stopped.
	if (ctx.getExecutionCancelSignal?.()?.aborted) throw stoppedError(ctx.getNode());
	if (ctx.getInputData().length === 0) return [[]];

	const options = readWait(ctx);
	const { batches, refused } = operation.plan(ctx);
	const outcomes =
		batches.length === 0
			? new Map<Batch, Outcome>()
			: await runJobs(ctx, { operation: operation.operation, batches, options });
	const items = [
		...[...outcomes].flatMap(([batch, outcome]) => itemsOf(operation, batch, outcome)),
		...refused.map(({ itemIndex, error }) => errorItem(itemIndex, error)),
	];
	return [items.sort((one, other) => sourceOf(one) - sourceOf(other))];
}

function readWait(ctx: IExecuteFunctions) {
	try {
		return waitOptions(readOptions(parametersOf(ctx, 0)));
	} catch (error) {
		throw parameterError(ctx.getNode(), error, 0);
	}
}
