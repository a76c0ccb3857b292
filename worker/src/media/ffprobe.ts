import { open } from 'node:fs/promises';
import path from 'node:path';
import { CodedError } from '../errors.ts';
import type { InputKind } from './args.ts';
import { classifyFailure } from './ffmpeg-failure.ts';
import { readProbe } from './ffprobe-output.ts';
import { guardArgs } from './formats.ts';
import { measureDuration } from './measure-duration.ts';
import type { MediaInfo } from './media-info.ts';
import { flattenArgs, plainName } from './render-command.ts';
import { runFfprobe, type ProbeOptions } from './run-ffprobe.ts';
import { describeTextFile } from './text-file.ts';

export type { ProbeOptions } from './run-ffprobe.ts';

/** Bytes of a file that are looked at when ffprobe cannot read it. */
const SNIFF_BYTES = 512;

const SHOW: readonly string[] = ['-show_format', '-show_streams', '-of', 'json'];

/**
 * Sound without an index, whose length ffprobe guesses from the bit rate at its start: 2.0 s of AAC came out as
 * 1.3 s, 5.0 s of VBR MP3 as 4.7 s.
 */
const GUESSED_LENGTH = ['mp3', 'aac', 'ac3', 'eac3', 'amr'];

/** What to use instead, for each kind of input. */
const ACCEPTED: Record<InputKind, string> = {
	video: 'Use an MP4, MOV, MKV, WebM, AVI or MPEG video.',
	audio: 'Use an MP3, AAC, M4A, WAV, FLAC, OGG or Opus file.',
	image: 'Use a PNG, JPEG or WebP picture.',
	subtitles: 'Use an SRT, VTT or ASS file.',
	generated: '',
};

const STREAM_NAMES: Record<InputKind, string> = {
	video: 'video',
	audio: 'sound',
	image: 'picture',
	subtitles: 'subtitles',
	generated: 'media',
};

/**
 * What is in a media file, read with the same fences as an input of ffmpeg. A length that the file does not tell
 * exactly is measured.
 *
 * @throws CodedError `input_unsupported` when it is not media or has no stream of that kind, `cancelled` or the
 * abort reason, `unavailable` when ffprobe is not installed.
 */
export async function probeFile(
	file: string,
	kind: InputKind,
	options: ProbeOptions,
): Promise<MediaInfo> {
	let printed = '';
	const args = [...flattenArgs(guardArgs(kind)), ...SHOW, plainName(file)];
	const stdout = (chunk: string): void => void (printed += chunk);
	const { succeeded, stderr } = await runFfprobe({ ...options, args, reads: 'headers', stdout });
	if (!succeeded) {
		throw (await textFileError(path.join(options.folder, file))) ?? unreadable(stderr, kind);
	}
	const info = readProbe(printed);
	requireStream(info, kind, stderr);
	return withLength(info, () => measureDuration(file, kind, options));
}

async function withLength(
	info: MediaInfo,
	measure: () => Promise<number | undefined>,
): Promise<MediaInfo> {
	const isStill = info.formats.every((format) => format.endsWith('_pipe') || format === 'apng');
	const isGuessed = info.formats.some((format) => GUESSED_LENGTH.includes(format));
	if (isStill || (info.durationSeconds !== undefined && !isGuessed)) return info;
	const durationSeconds = (await measure()) ?? info.durationSeconds;
	return { ...info, durationSeconds, audio: info.audio && { ...info.audio, durationSeconds } };
}

/** Whatever ffprobe says of a file is about the file. */
function unreadable(stderr: string, kind: InputKind): CodedError {
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
	return message === undefined ? undefined : new CodedError('input_unsupported', message);
}

/** ffprobe answers a picture that is too large with exit code 0, a stream without a size, and words on stderr. */
function requireStream(info: MediaInfo, kind: InputKind, stderr: string): void {
	const found =
		kind === 'subtitles' ? info.subtitles[0] : kind === 'audio' ? info.audio : info.video;
	if (found !== undefined) return;
	if (stderr !== '') throw unreadable(stderr, kind);
	throw new CodedError(
		'input_unsupported',
		`The file has no ${STREAM_NAMES[kind]} in it: it contains ${contents(info)}.`,
	);
}

function contents(info: MediaInfo): string {
	const parts = [
		info.video && `video (${info.video.codec})`,
		info.audio && `sound (${info.audio.codec})`,
		info.subtitles.length > 0 && `subtitles (${info.subtitles[0]?.codec})`,
	].filter(Boolean);
	return parts.length === 0 ? 'nothing that can be played' : `only ${parts.join(' and ')}`;
}
