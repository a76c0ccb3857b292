import { CodedError } from '../errors.ts';
import { runChild } from './child-process.ts';
import { throwIfAborted } from '../abort.ts';
import { stoppedFailure, wasStopped } from './ffmpeg-failure.ts';
import { TextTail } from './text-tail.ts';

/** Longest time ffprobe may take, milliseconds: headers take well under a second, all packets of 10 GB a minute. */
const PROBE_LIMIT_MS = { headers: 30_000, packets: 180_000 } as const;

export interface ProbeOptions {
	/** The folder `file` is in. */
	readonly folder: string;
	readonly signal: AbortSignal;
}

export interface ProbeRun extends ProbeOptions {
	readonly args: readonly string[];
	readonly reads: keyof typeof PROBE_LIMIT_MS;
	stdout(chunk: string): void;
}

/**
 * Runs ffprobe and answers how it ended and what it complained about.
 *
 * @throws CodedError `input_unsupported` when it takes too long, `cancelled` or the abort reason, `worker_lost`
 * when it was stopped from outside, `unavailable` when ffprobe is not installed.
 */
export async function runFfprobe(run: ProbeRun): Promise<{ succeeded: boolean; stderr: string }> {
	throwIfAborted(run.signal);
	const limit = AbortSignal.timeout(PROBE_LIMIT_MS[run.reads]);
	const tail = new TextTail();
	const { exitCode, signal } = await runChild(
		['ffprobe', '-hide_banner', '-loglevel', 'error', ...run.args],
		{ folder: run.folder, signal: AbortSignal.any([run.signal, limit]) },
		{ stdout: (chunk) => run.stdout(chunk), stderr: (chunk) => tail.push(chunk) },
	);
	throwIfAborted(run.signal);
	if (limit.aborted) {
		throw new CodedError(
			'input_unsupported',
			'The file took too long to read: it is damaged or not media.',
		);
	}
	if (wasStopped({ signal }, tail.text)) throw stoppedFailure('ffprobe');
	return { succeeded: exitCode === 0, stderr: tail.text };
}
