import { join } from 'node:path';
import { CodedError, toCodedError } from '../errors.ts';
import { openWorkspace } from '../io/workspace.ts';
import { findOperation } from '../operations/index.ts';
import { abortError } from '../abort.ts';
import type { ExecutableJob, ExecutionHooks, Executor } from './executor.ts';
import { LocalContext } from './local-context.ts';
import type { LocalResources } from './local-resources.ts';
import { Stopwatch } from './stopwatch.ts';

/** Runs jobs on this machine, each in a folder of its own under DATA_DIR/work. */
export class LocalExecutor implements Executor {
	readonly name = 'local';
	readonly #resources: LocalResources;

	constructor(resources: LocalResources) {
		this.#resources = resources;
	}

	async run(job: ExecutableJob, hooks: ExecutionHooks): Promise<Record<string, unknown>> {
		const deadline = new AbortController();
		const seconds = this.#resources.config.JOB_DEADLINE_SECONDS;
		const timer = setTimeout(
			() => deadline.abort(new CodedError('deadline_exceeded', deadlineMessage(seconds))),
			seconds * 1000,
		);
		const signal = AbortSignal.any([hooks.signal, deadline.signal]);
		try {
			return await this.#runInFolder(job, { ...hooks, signal, stillOurs: () => hooks.stillOurs() });
		} catch (error) {
			// Whatever an aborted step threw, the reason of the abort is the truth.
			throw signal.aborted ? abortError(signal) : toCodedError(error);
		} finally {
			clearTimeout(timer);
		}
	}

	async #runInFolder(job: ExecutableJob, hooks: ExecutionHooks): Promise<Record<string, unknown>> {
		const operation = findOperation(job.operation);
		if (!operation)
			throw new CodedError('invalid_request', `There is no operation "${job.operation}".`);
		const stopwatch = new Stopwatch();
		const warnings = new Set<string>();
		// Each attempt has its own folder: what a dead attempt left behind can't get in its way.
		const root = join(this.#resources.config.DATA_DIR, 'work');
		await using workspace = await openWorkspace(root, `${job.id}-${job.attempt}`);
		const context = new LocalContext({
			job,
			hooks,
			folder: workspace.path,
			resources: this.#resources,
			stopwatch,
			signal: hooks.signal,
			warnings,
		});
		const result = operation.output.parse(await operation.run(job.input, context)) as Record<
			string,
			unknown
		>;
		return { ...result, warnings: [...warnings], timings: stopwatch.read() };
	}

	describe(): Record<string, unknown> {
		const { config } = this.#resources;
		return {
			name: this.name,
			cpu_encodes: config.CPU_ENCODES,
			gpu_encodes: config.GPU_ENCODES,
			batch_size: config.BATCH_SIZE,
		};
	}
}

const deadlineMessage = (seconds: number): string =>
	`The job took longer than ${seconds} s and was stopped. Give it less to do, or raise JOB_DEADLINE_SECONDS at the worker.`;
