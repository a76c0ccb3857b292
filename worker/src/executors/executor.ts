import { z } from 'zod';
import type { OperationName } from '../operations/index.ts';

const milliseconds = z.number();

/** What every result has besides the operation's own fields. Times are of the wall clock. */
export const resultExtras = z.object({
	warnings: z.array(z.string()),
	timings: z.object({
		download_ms: milliseconds,
		encode_ms: milliseconds,
		upload_ms: milliseconds,
		total_ms: milliseconds,
	}),
});

/** A job as an executor gets it: the input is already parsed by the operation's schema. */
export interface ExecutableJob {
	readonly id: string;
	readonly operation: OperationName;
	readonly input: unknown;
	/** 1 for the first try. */
	readonly attempt: number;
	/** Address that links of the local storage start with. */
	readonly publicUrl: string;
}

/** An output that has appeared in the storage. */
export interface PublishedOutput {
	readonly url: string;
	readonly sizeBytes: number;
}

/** What earlier attempts at a job have published, by key. */
export interface PublishedLedger {
	find(key: string): Promise<PublishedOutput | undefined>;
	add(key: string, output: PublishedOutput): Promise<void>;
}

export interface ExecutionHooks {
	/** Aborted to stop the job; the reason is a CodedError. */
	readonly signal: AbortSignal;
	/** Percent (0-100) and stage of the whole job. */
	onProgress(percent: number, stage: string): void;
	/** Asked right before an output appears: whether this attempt still owns the job. */
	stillOurs(): Promise<boolean>;
	readonly published: PublishedLedger;
}

/** Where a job is carried out: here, or on a rented machine. */
export interface Executor {
	readonly name: string;
	/**
	 * Runs a job to its end and answers the operation's output with `timings` and `warnings` added.
	 * @throws CodedError always: every failure has a code
	 */
	run(job: ExecutableJob, hooks: ExecutionHooks): Promise<Record<string, unknown>>;
	/** Facts for GET /v1/status. */
	describe(): Record<string, unknown>;
}
