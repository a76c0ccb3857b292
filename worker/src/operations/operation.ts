import type { z } from 'zod';
import type { JobContext } from '../context.ts';

/** Queues are named after the resource a job mostly uses, so that one kind of backlog never starves another. */
export type QueueName = 'encode' | 'transcribe' | 'network';

/**
 * One kind of job. `input` and `output` are its only schemas: HTTP validation, OpenAPI, the queue's payload
 * and the node's types all come from them. Registered by one line in operations/index.ts.
 */
export interface Operation<
	Input extends z.ZodType = z.ZodType,
	Output extends z.ZodType = z.ZodType,
> {
	readonly name: string;
	readonly queue: QueueName;
	/** Short title and one sentence, shown in the API's documentation. */
	readonly title: string;
	readonly description: string;
	readonly input: Input;
	readonly output: Output;
	run(input: z.output<Input>, context: JobContext): Promise<z.input<Output>>;
}

/** Keeps the schema types of an operation while checking its shape. */
export function defineOperation<Input extends z.ZodType, Output extends z.ZodType>(
	operation: Operation<Input, Output>,
): Operation<Input, Output> {
	return operation;
}
