import { open } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../errors.ts';
import type { InputKind } from './args.ts';
import { runChild } from './child-process.ts';
import { classifyFailure } from './ffmpeg-failure.ts';
import { throwIfAborted } from './ffmpeg.ts';
import { readProbe } from './ffprobe-output.ts';
import { guardArgs } from './formats.ts';
import type { MediaInfo } from './media-info.ts';
import { flattenArgs, plainName } from './render-command.ts';
import { describeTextFile } from './text-file.ts';
import { TextTail } from './text-tail.ts';

/** Longest time ffprobe may take, milliseconds: it reads headers, which takes well under a second. */
const PROBE_LIMIT_MS = 30_000;

/** Bytes of a file that are looked at when ffprobe cannot read it. */
const SNIFF_BYTES = 512;

const SHOW: readonly string[] = ['-show_format', '-show_streams', '-of', 'json'];

export interface ProbeOptions {
	/** The folder `file` is in. */
	readonly folder: string;
	readonly signal: AbortSignal;
}

/**
 * What is in a media file, read with the same fences as an input of ffmpeg.
 *
 * @throws CodedError `input_unsupported` when it is not media or has no stream of that kind, `cancelled` or the
 * abort reason, `unavailable` when ffprobe is not installed.
 */
export async function probeFile(
	file: string,
	kind: InputKind,
	options: ProbeOptions,
): Promise<MediaInfo> {
	const { printed, stderr } = await runFfprobe(file, kind, options);
	const info = readProbe(printed);
	requireStream(info, kind, stderr);
	return info;
}

async function runFfprobe(
	file: string,
	kind: InputKind,
	options: ProbeOptions,
): Promise<{ printed: string; stderr: string }> {
	throwIfAborted(options.signal);
	const limit = AbortSignal.timeout(PROBE_LIMIT_MS);
	const tail = new TextTail();
	let printed = '';
	const args = ['-hide_banner', '-loglevel', 'error', ...flattenArgs(guardArgs(kind)), ...SHOW];
	const { exitCode } = await runChild(
		['ffprobe', ...args, plainName(file)],
		{ folder: options.folder, signal: AbortSignal.any([options.signal, limit]) },
		{ stdout: (chunk) => (printed += chunk), stderr: (chunk) => tail.push(chunk) },
	);
	throwIfAborted(options.signal);
	if (limit.aborted)
		throw unsupported('The file took too long to read: it is damaged or not media.');
	if (exitCode !== 0) {
		throw (await textFileError(path.join(options.folder, file))) ?? asInput(tail.text, kind);
	}
	return { printed, stderr: tail.text };
}

/** What to use instead, for each kind of input. */
const ACCEPTED: Record<InputKind, string> = {
	video: 'Use an MP4, MOV, MKV, WebM, AVI or MPEG video.',
	audio: 'Use an MP3, AAC, M4A, WAV, FLAC, OGG or Opus file.',
	image: 'Use a PNG, JPEG or WebP picture.',
	subtitles: 'Use an SRT, VTT or ASS file.',
	generated: '',
};

/** Whatever ffprobe says of a file is about the file. */
function asInput(stderr: string, kind: InputKind): CodedError {
	const failure = classifyFailure(stderr, {});
	const known = failure.code === 'input_unsupported';
	const message = known ? failure.message : 'The file could not be read as media.';
	return new CodedError('input_unsupported', `${message} ${ACCEPTED[kind]}`, {
		details: failure.details ?? {},
	});
}

async function textFileError(file: string): Promise<CodedError | undefined> {
	await using handle = await open(file, 'r');
	const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SNIFF_BYTES) });
	const message = describeTextFile(buffer.subarray(0, bytesRead));
	return message === undefined ? undefined : unsupported(message);
}

/** ffprobe answers a picture that is too large with exit code 0, a stream without a size, and words on stderr. */
function requireStream(info: MediaInfo, kind: InputKind, stderr: string): void {
	const found =
		kind === 'subtitles' ? info.subtitles[0] : kind === 'audio' ? info.audio : info.video;
	if (found !== undefined) return;
	if (stderr !== '') throw asInput(stderr, kind);
	const wanted = {
		video: 'video',
		image: 'picture',
		audio: 'sound',
		subtitles: 'subtitles',
		generated: 'media',
	}[kind];
	throw unsupported(`The file has no ${wanted} in it: it contains ${contents(info)}.`);
}

function contents(info: MediaInfo): string {
	const parts = [
		info.video && `video (${info.video.codec})`,
		info.audio && `sound (${info.audio.codec})`,
		info.subtitles.length > 0 && `subtitles (${info.subtitles[0]?.codec})`,
	].filter(Boolean);
	return parts.length === 0 ? 'nothing that can be played' : `only ${parts.join(' and ')}`;
}

const unsupported = (message: string): CodedError => new CodedError('input_unsupported', message);
