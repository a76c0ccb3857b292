import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ExpectedLength, JobContext, PublishedFile, Stage } from '../../worker/src/context.ts';
import { CodedError } from '../../worker/src/errors.ts';
import type { FfmpegCommand } from '../../worker/src/media/args.ts';
import { encodeWithFallback } from '../../worker/src/media/encode-with-fallback.ts';
import { endMp4At, readMp4 } from '../../worker/src/media/mp4-file.ts';
import type { Mp4Info } from '../../worker/src/media/mp4-presentation.ts';
import { LIBX264, type EncoderProfile } from '../../worker/src/media/encoders.ts';
import { runFfmpeg } from '../../worker/src/media/ffmpeg.ts';
import { probeFile } from '../../worker/src/media/ffprobe.ts';
import { throwIfAborted } from '../../worker/src/abort.ts';
import { verifyOutput } from '../../worker/src/media/verify-output.ts';

interface TestContextOptions {
	/** Local files by the URL an operation fetches them with. */
	readonly files: Readonly<Record<string, string>>;
	/** The job's folder. */
	readonly folder: string;
	/** Where published files appear. */
	readonly output: string;
	readonly encoders?: readonly EncoderProfile[];
	readonly batchSize?: number;
}

/** A JobContext with the worker's real media functions, and local copies in place of network and storage. */
export interface TestContext extends JobContext {
	readonly commands: FfmpegCommand[];
	readonly steps: { percent: number; stage: Stage }[];
	readonly warnings: string[];
	readonly published: PublishedFile[];
	abort(reason?: unknown): void;
}

export function createTestContext(options: TestContextOptions): TestContext {
	const controller = new AbortController();
	const recorded: Recorded = { commands: [], published: [], steps: [], warnings: [] };
	const abort = (reason?: unknown): void => controller.abort(reason);
	return { ...contextOf(options, controller.signal, recorded), ...recorded, abort };
}

type Recorded = Pick<TestContext, 'commands' | 'steps' | 'warnings' | 'published'>;

function contextOf(
	options: TestContextOptions,
	signal: AbortSignal,
	recorded: Recorded,
): JobContext {
	const local = (file: string): string => path.join(options.folder, file);

	const run = async (command: FfmpegCommand, expected: ExpectedLength): Promise<Mp4Info> => {
		recorded.commands.push(command);
		const { seconds: expectedSeconds, onProgress = () => undefined } = expected;
		const { folder } = options;
		await runFfmpeg(command, { folder, signal, stallSeconds: 30, expectedSeconds, onProgress });
		if (expected.endsAt !== undefined) await endMp4At(local(command.file), expected.endsAt);
		const made = await readMp4(local(command.file));
		verifyOutput(made, expectedSeconds);
		return made;
	};

	return {
		jobId: '00000000-0000-4000-8000-000000000000',
		signal,
		batchSize: options.batchSize ?? 2,
		within: (inner) => contextOf(options, AbortSignal.any([signal, inner]), recorded),
		async fetch(url, { name }) {
			throwIfAborted(signal);
			const source = options.files[url];
			if (source === undefined)
				throw new CodedError('input_not_found', `There is nothing at ${url}.`);
			await copyFile(source, local(name));
			const { size: sizeBytes } = await stat(source);
			return { file: name, path: local(name), sizeBytes, contentType: undefined };
		},
		read: (file) => readFile(local(file)),
		write: (file, content) => writeFile(local(file), content),
		remove: (file) => rm(local(file), { force: true }),
		probe: (file, kind) => probeFile(file, kind, { folder: options.folder, signal }),
		encode: (build, expected) =>
			encodeWithFallback(build, options.encoders ?? [LIBX264], (command) => run(command, expected)),
		remux: run,
		async publish({ file, filename }) {
			throwIfAborted(signal);
			await mkdir(options.output, { recursive: true });
			const target = path.join(options.output, filename);
			await rename(local(file), target);
			const { size: sizeBytes } = await stat(target);
			const result = { url: `file://${target}`, key: filename, filename, sizeBytes };
			recorded.published.push(result);
			return result;
		},
		progress: (percent, stage) => void recorded.steps.push({ percent, stage }),
		warn: (message) => void recorded.warnings.push(message),
	};
}
