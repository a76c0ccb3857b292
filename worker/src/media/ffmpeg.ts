import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../errors.ts';
import type { FfmpegCommand } from './args.ts';
import { runChild, type ChildResult } from './child-process.ts';
import { classifyFailure } from './ffmpeg-failure.ts';
import { ProgressParser } from './ffmpeg-progress.ts';
import { renderCommand } from './render-command.ts';
import { StallWatchdog } from './stall-watchdog.ts';
import { TextTail } from './text-tail.ts';
import { throwIfAborted } from '../abort.ts';

export interface FfmpegOptions {
	/** The job's folder, ffmpeg's working directory. */
	readonly folder: string;
	readonly signal: AbortSignal;
	/** Seconds without any progress after which ffmpeg counts as hung. */
	readonly stallSeconds: number;
	/** Length of the output in seconds, for `onProgress`. */
	readonly expectedSeconds?: number;
	/** Share of the run that is done, 0 to 1, about twice a second. */
	readonly onProgress?: (share: number) => void;
}

/**
 * Runs ffmpeg to its end. An abort of `signal` ends it within about a second.
 *
 * @throws CodedError the abort reason or `cancelled`; `encode_stalled`; `unavailable` when ffmpeg is not
 * installed; else what {@link classifyFailure} makes of its words.
 */
export async function runFfmpeg(command: FfmpegCommand, options: FfmpegOptions): Promise<void> {
	throwIfAborted(options.signal);
	const tail = new TextTail();
	const output = path.join(options.folder, command.file);
	using watchdog = new StallWatchdog(options.stallSeconds, () => modificationTime(output));
	const progress = new ProgressParser(({ outSeconds, position }) => {
		watchdog.report(position);
		if (outSeconds !== undefined) reportShare(outSeconds, options);
	});
	const result = await runChild(
		['ffmpeg', ...renderCommand(command)],
		{ folder: options.folder, signal: AbortSignal.any([options.signal, watchdog.signal]) },
		{ stdout: (chunk) => progress.push(chunk), stderr: (chunk) => tail.push(chunk) },
	);
	throwIfAborted(options.signal);
	if (watchdog.signal.aborted) throw stalled(options.stallSeconds, tail.text);
	if (!succeeded(result))
		throw classifyFailure(tail.text, { code: result.exitCode, signal: result.signal });
}

const succeeded = (result: ChildResult): boolean => result.exitCode === 0;

function reportShare(outSeconds: number, options: FfmpegOptions): void {
	const { expectedSeconds, onProgress } = options;
	if (expectedSeconds === undefined || expectedSeconds <= 0) return;
	onProgress?.(Math.min(1, Math.max(0, outSeconds / expectedSeconds)));
}

/** Moving the index to the front of a large MP4 writes for minutes without a report: the file shows it. */
async function modificationTime(file: string): Promise<string> {
	const found = await stat(file).catch(() => undefined);
	return found === undefined ? '' : `${found.mtimeMs} ${found.size}`;
}

const stalled = (seconds: number, stderr: string): CodedError =>
	new CodedError('encode_stalled', `FFmpeg made no progress for ${seconds} s and was stopped.`, {
		details: { stderr },
	});
