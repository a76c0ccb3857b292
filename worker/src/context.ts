import type { FfmpegCommand, InputKind } from './media/args.ts';
import type { EncoderProfile } from './media/encoders.ts';
import type { MediaInfo } from './media/media-info.ts';
import type { Mp4Info } from './media/mp4-presentation.ts';

/** A downloaded input. `file` is its name in the job's folder. */
export interface FetchedFile {
	readonly file: string;
	readonly path: string;
	readonly sizeBytes: number;
	readonly contentType: string | undefined;
}

/** How far an ffmpeg run is expected to go, so that its progress can be told as a share. */
export interface ExpectedLength {
	/** Length of the output in seconds. */
	readonly seconds: number;
	/** Where the output shall end exactly, in seconds; what a copied stream holds beyond it is not shown. */
	readonly endsAt?: number;
	/** Share of this step that is done, 0 to 1, called several times a second at most. */
	readonly onProgress?: (share: number) => void;
}

/** What an encode used. `fallbackReason` is set when the GPU failed and libx264 did the work instead. */
export interface EncodeReport {
	readonly encoder: string;
	readonly fallbackReason?: string;
}

/** An encode's report, with what the file that was made turned out to be. */
export interface EncodedFile extends EncodeReport {
	readonly made: Mp4Info;
}

/** A published output. */
export interface PublishedFile {
	readonly url: string;
	readonly key: string;
	readonly filename: string;
	readonly sizeBytes: number;
}

/** What the operation wants published. `path` is the folder in the bucket; default `jobs/<job id>/`. */
export interface PublishRequest {
	/** Name in the job's folder. */
	readonly file: string;
	readonly filename: string;
	readonly path?: string | undefined;
	readonly contentType: string;
}

/**
 * All of the world an operation can touch. Every method rejects with a CodedError, and with code
 * `cancelled` (or the abort reason) once `signal` is aborted.
 */
export interface JobContext {
	readonly jobId: string;
	readonly signal: AbortSignal;
	/** How many items of a batch an operation works on at once (setting BATCH_SIZE). */
	readonly batchSize: number;
	/** The same job, but every step also stops when `signal` is aborted: one failed item of a batch ends the others. */
	within(signal: AbortSignal): JobContext;
	/** Downloads `url` into the job's folder as `name` plus nothing else. Errors: input_*, disk_full. */
	fetch(
		url: string,
		target: { readonly name: string; readonly kind: InputKind },
	): Promise<FetchedFile>;
	/** Reads a file of the job's folder. */
	read(file: string): Promise<Buffer>;
	/** Writes a small generated file (subtitles) into the job's folder. */
	write(file: string, content: string | Buffer): Promise<void>;
	/** Removes a file of the job's folder that is no longer needed; missing is fine. */
	remove(file: string): Promise<void>;
	/** Errors: input_unsupported when the file is not media of that kind. */
	probe(file: string, kind: InputKind): Promise<MediaInfo>;
	/**
	 * Encodes video: takes an encoder slot, runs the command built for that encoder, and after a hardware
	 * failure runs it once more with libx264. The output file is probed before the promise resolves.
	 */
	encode(
		build: (encoder: EncoderProfile) => FfmpegCommand,
		expected: ExpectedLength,
	): Promise<EncodedFile>;
	/** Runs ffmpeg without encoding video (stream copy): takes no encoder slot. The output is probed too. */
	remux(command: FfmpegCommand, expected: ExpectedLength): Promise<Mp4Info>;
	/** Publishes an output: one atomic appearance, only if the job is still ours. Errors: storage_*, cancelled. */
	publish(request: PublishRequest): Promise<PublishedFile>;
	/** Tells the caller how far the job is: percent 0-100 of the whole, and a short stage name (see Stage). */
	progress(percent: number, stage: Stage): void;
	/** Adds a sentence to the result's `warnings`. */
	warn(message: string): void;
}

export type Stage =
	'queued' | 'downloading' | 'rendering' | 'encoding' | 'muxing' | 'uploading' | 'done';
