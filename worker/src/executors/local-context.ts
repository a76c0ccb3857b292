import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
	EncodedFile,
	ExpectedLength,
	FetchedFile,
	JobContext,
	PublishedFile,
	PublishRequest,
	Stage,
} from '../context.ts';
import { CodedError, publicUrl } from '../errors.ts';
import { download } from '../io/download.ts';
import { objectKey } from '../io/object-key.ts';
import { onDisk } from '../io/disk-errors.ts';
import type { FfmpegCommand, InputKind } from '../media/args.ts';
import { endMp4At, readMp4 } from '../media/mp4-file.ts';
import type { Mp4Info } from '../media/mp4-presentation.ts';
import { encodeWithFallback } from '../media/encode-with-fallback.ts';
import type { EncoderProfile } from '../media/encoders.ts';
import { runFfmpeg } from '../media/ffmpeg.ts';
import { probeFile } from '../media/ffprobe.ts';
import type { MediaInfo } from '../media/media-info.ts';
import { verifyOutput } from '../media/verify-output.ts';
import { abortError } from '../abort.ts';
import type { ExecutableJob, ExecutionHooks } from './executor.ts';
import type { LocalResources } from './local-resources.ts';
import type { Stopwatch } from './stopwatch.ts';

/** What a context is made of; `folder` belongs to this attempt alone. */
interface Parts {
	readonly job: ExecutableJob;
	readonly hooks: ExecutionHooks;
	readonly folder: string;
	readonly resources: LocalResources;
	readonly stopwatch: Stopwatch;
	/** Aborted to stop the job, or the part of it that this context is for. */
	readonly signal: AbortSignal;
	/** Collects what warn() is told. */
	readonly warnings: Set<string>;
}

/** The JobContext of a job that runs on this machine. */
export class LocalContext implements JobContext {
	readonly jobId: string;
	readonly signal: AbortSignal;
	readonly batchSize: number;
	readonly #parts: Parts;

	constructor(parts: Parts) {
		this.#parts = parts;
		this.jobId = parts.job.id;
		this.signal = parts.signal;
		this.batchSize = parts.resources.config.BATCH_SIZE;
	}

	within(signal: AbortSignal): JobContext {
		return new LocalContext({ ...this.#parts, signal: AbortSignal.any([this.signal, signal]) });
	}

	async fetch(url: string, target: { name: string; kind: InputKind }): Promise<FetchedFile> {
		using _lap = this.#parts.stopwatch.start('download');
		const { storage, http, config } = this.#parts.resources;
		const path = this.#path(target.name);
		const maxBytes = config.MAX_INPUT_MB * 1024 * 1024;
		const own = await storage.materialise(url, { path, signal: this.signal, maxBytes });
		if (own) return { file: target.name, path, sizeBytes: own.sizeBytes, contentType: undefined };
		if (!/^https?:/.test(url)) {
			throw new CodedError(
				'input_not_found',
				`There is no uploaded file behind ${publicUrl(url)}. Upload it again.`,
			);
		}
		const received = await download(http, url, {
			path,
			maxBytes,
			stallSeconds: config.DOWNLOAD_STALL_SECONDS,
			signal: this.signal,
		});
		return { file: target.name, path, ...received };
	}

	read(file: string): Promise<Buffer> {
		return readFile(this.#path(file));
	}

	async write(file: string, content: string | Buffer): Promise<void> {
		await onDisk(() => writeFile(this.#path(file), content));
	}

	async remove(file: string): Promise<void> {
		await rm(this.#path(file), { force: true });
	}

	probe(file: string, kind: InputKind): Promise<MediaInfo> {
		return probeFile(file, kind, { folder: this.#parts.folder, signal: this.signal });
	}

	async encode(
		build: (encoder: EncoderProfile) => FfmpegCommand,
		expected: ExpectedLength,
	): Promise<EncodedFile> {
		const { encoders, slots } = this.#parts.resources;
		return encodeWithFallback(build, encoders.encoders, async (command, encoder) => {
			using _slot = await slots.of(encoder).acquire(this.signal);
			return this.#run(command, expected);
		});
	}

	remux(command: FfmpegCommand, expected: ExpectedLength): Promise<Mp4Info> {
		return this.#run(command, expected);
	}

	/** Runs ffmpeg and makes sure of what it made. */
	async #run(command: FfmpegCommand, expected: ExpectedLength): Promise<Mp4Info> {
		using _lap = this.#parts.stopwatch.start('encode');
		const { folder, resources } = this.#parts;
		await runFfmpeg(command, {
			folder,
			signal: this.signal,
			stallSeconds: resources.config.ENCODE_STALL_SECONDS,
			expectedSeconds: expected.seconds,
			...(expected.onProgress ? { onProgress: expected.onProgress } : {}),
		});
		const path = join(folder, command.file);
		if (expected.endsAt !== undefined) await endMp4At(path, expected.endsAt);
		const made = await readMp4(path);
		verifyOutput(made, expected.seconds);
		return made;
	}

	async publish(request: PublishRequest): Promise<PublishedFile> {
		using _lap = this.#parts.stopwatch.start('upload');
		const { job, hooks, resources } = this.#parts;
		const key = objectKey(request.path, job.id, request.filename);
		const earlier = await hooks.published.find(key);
		if (earlier) return { ...earlier, key, filename: request.filename };
		const published = await resources.storage.publish({
			path: this.#path(request.file),
			key,
			contentType: request.contentType,
			filename: request.filename,
			signal: this.signal,
			stillOurs: () => hooks.stillOurs(),
			publicUrl: job.publicUrl,
		});
		await hooks.published.add(key, published);
		return { ...published, key, filename: request.filename };
	}

	progress(percent: number, stage: Stage): void {
		if (this.signal.aborted) return;
		this.#parts.hooks.onProgress(Math.min(100, percent), stage);
	}

	warn(message: string): void {
		this.#parts.warnings.add(message);
	}

	/** Operations name their files themselves; a name from outside would be a mistake in the code. */
	#path(file: string): string {
		if (this.signal.aborted) throw abortError(this.signal);
		if (file.includes('/') || file === '' || file.startsWith('.'))
			throw new Error(`not a plain file name: ${file}`);
		return join(this.#parts.folder, file);
	}
}
