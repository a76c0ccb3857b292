import { open, rm, truncate, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createBrotliDecompress, createUnzip, createZstdDecompress } from 'node:zlib';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { CodedError } from '../errors.ts';
import { abortError } from '../abort.ts';
import { closing } from './closing.ts';
import {
	brokenFailure,
	emptyFailure,
	statusFailure,
	tooLargeFailure,
	transferFailure,
} from './download-failure.ts';
import {
	acceptAnswer,
	resumeHeaders,
	type AnswerHead,
	type PartialFile,
} from './download-resume.ts';
import { StallWatchdog } from './stall-watchdog.ts';
import { assertFits } from './workspace.ts';

export interface DownloadTarget {
	readonly path: string;
	/** Largest file accepted, in bytes after decoding. */
	readonly maxBytes: number;
	/** Seconds without a byte after which a transfer counts as broken. */
	readonly stallSeconds: number;
	readonly signal: AbortSignal;
	/** Waits in milliseconds before the second and each further try; default 500, 1000, 2000. */
	readonly backOffMs?: readonly number[];
	/** Called for every chunk; `total` is undefined when the server does not tell. */
	readonly onBytes?: (received: number, total: number | undefined) => void;
}

export interface Downloaded {
	readonly sizeBytes: number;
	readonly contentType: string | undefined;
}

/** A server that restarts is back within a few seconds; longer outages are left to the queue. */
const BACK_OFF_MS = [500, 1000, 2000];

/** Bytes a try must add for the waits to start over; a server that breaks after every few bytes is given up. */
const REAL_PROGRESS_BYTES = 1024 * 1024;

/** Longest Retry-After that is waited for here; longer ones are left to the queue. */
const MAX_RETRY_AFTER_MS = 15_000;

interface Source {
	readonly http: AxiosInstance;
	readonly url: string;
}

/**
 * Downloads `url` to `target.path`, streaming. A broken transfer is resumed where it stopped when the server allows.
 * Errors: input_forbidden, input_not_found, input_unreachable, input_too_large, input_unsupported, disk_full,
 * cancelled (or the signal's reason). After an error there is no file.
 */
export async function download(
	http: AxiosInstance,
	url: string,
	target: DownloadTarget,
): Promise<Downloaded> {
	try {
		return await downloadWithRetries({ http, url }, target);
	} catch (error) {
		await rm(target.path, { force: true });
		throw error;
	}
}

async function downloadWithRetries(source: Source, target: DownloadTarget): Promise<Downloaded> {
	const partial: PartialFile = { received: 0 };
	let furthest = 0;
	for (let tries = 0; ;) {
		const failure = await attempt(source, target, partial);
		if (failure === undefined) return finished(source.url, partial);
		if (failure.code !== 'input_unreachable') throw failure;
		if (partial.received >= furthest + REAL_PROGRESS_BYTES) {
			tries = 0;
			furthest = partial.received;
		}
		const wait = waitBefore(failure, (target.backOffMs ?? BACK_OFF_MS)[tries++]);
		if (wait === undefined) throw failure;
		await delay(wait, undefined, { signal: target.signal }).catch(() => {
			throw abortError(target.signal);
		});
	}
}

function finished(url: string, partial: PartialFile): Downloaded {
	if (partial.received === 0) throw emptyFailure(url);
	return { sizeBytes: partial.received, contentType: partial.contentType };
}

function waitBefore(failure: CodedError, backOff: number | undefined): number | undefined {
	if (backOff === undefined) return undefined;
	const asked = Number(failure.details?.['retry_after_seconds'] ?? 0) * 1000;
	return asked > MAX_RETRY_AFTER_MS ? undefined : Math.max(backOff, asked);
}

async function attempt(
	source: Source,
	target: DownloadTarget,
	partial: PartialFile,
): Promise<CodedError | undefined> {
	using watchdog = new StallWatchdog(target.stallSeconds, {
		outer: target.signal,
		reason: () => brokenFailure(source.url, `nothing came for ${target.stallSeconds} seconds`),
	});
	try {
		await transfer(source, { target, partial, watchdog });
		return undefined;
	} catch (error) {
		if (target.signal.aborted) throw abortError(target.signal);
		const cause = watchdog.signal.aborted ? watchdog.signal.reason : error;
		const failure = transferFailure(source.url, cause);
		if (failure instanceof CodedError) return failure;
		throw failure;
	}
}

interface Attempt {
	readonly target: DownloadTarget;
	readonly partial: PartialFile;
	readonly watchdog: StallWatchdog;
}

async function transfer(source: Source, { target, partial, watchdog }: Attempt): Promise<void> {
	const answer = await request(source, partial, watchdog.signal);
	using body = closing(answer.data);
	watchdog.heard();
	const failure = statusFailure(source.url, {
		status: answer.status,
		retryAfter: answer.headers['retry-after'],
	});
	if (failure && answer.status !== 416) throw failure;
	if (!acceptAnswer(partial, answer))
		throw brokenFailure(source.url, 'the file changed while it was read');
	await assertAcceptable(source.url, target, partial);
	await using file = await openAt(target.path, partial.received);
	const save = async (chunks: AsyncIterable<Buffer>) => {
		for await (const chunk of chunks) {
			watchdog.heard();
			await file.appendFile(chunk);
			partial.received += chunk.length;
			if (partial.received > target.maxBytes) throw tooLargeFailure(source.url, target.maxBytes);
			target.onBytes?.(partial.received, partial.total);
		}
	};
	const decoder = decoderFor(answer);
	const options = { signal: watchdog.signal };
	await (decoder
		? pipeline(body.stream, decoder, save, options)
		: pipeline(body.stream, save, options));
	if (partial.total !== undefined && partial.received < partial.total) {
		throw brokenFailure(source.url, `it ended after ${partial.received} of ${partial.total} bytes`);
	}
}

function request(
	source: Source,
	partial: PartialFile,
	signal: AbortSignal,
): Promise<AxiosResponse<Readable>> {
	return source.http.get<Readable>(source.url, {
		responseType: 'stream',
		decompress: false,
		maxContentLength: -1,
		validateStatus: () => true,
		headers: { Accept: '*/*', 'Accept-Encoding': 'identity', ...resumeHeaders(partial) },
		signal,
	});
}

/** Opens the file so that the next byte written is byte `received`, whatever a broken try left behind. */
async function openAt(path: string, received: number): Promise<FileHandle> {
	if (received > 0) await truncate(path, received);
	return open(path, received > 0 ? 'a' : 'w', 0o600);
}

async function assertAcceptable(
	url: string,
	target: DownloadTarget,
	partial: PartialFile,
): Promise<void> {
	if (partial.total === undefined) return;
	if (partial.total > target.maxBytes) throw tooLargeFailure(url, target.maxBytes);
	await assertFits(dirname(target.path), partial.total - partial.received);
}

/** Some stores send what was stored compressed, asked for or not. An unknown encoding is left for the probe to refuse. */
function decoderFor(head: AnswerHead): Transform | undefined {
	const encoding = String(head.headers['content-encoding'] ?? '')
		.trim()
		.toLowerCase();
	if (/^(x-)?gzip$|^deflate$/.test(encoding)) return createUnzip();
	if (encoding === 'br') return createBrotliDecompress();
	return encoding === 'zstd' ? createZstdDecompress() : undefined;
}
