import { CodedError, type ErrorCode } from '../errors.ts';

interface FailureClass {
	readonly code: ErrorCode;
	readonly pattern: RegExp;
	readonly message: string;
}

/**
 * How to tell failures apart: ffmpeg exits with 1 for all of them, so the words on stderr decide. Order matters:
 * a full disk also breaks the encode, and a missing GPU is followed by general complaints.
 */
const FAILURES: readonly FailureClass[] = [
	{
		code: 'disk_full',
		pattern: /No space left on device|Disk quota exceeded/i,
		message:
			'The worker has no disk space left for this job. Free some space in its data folder, then run it again.',
	},
	{
		code: 'gpu_failed',
		pattern:
			/nvenc|nvcuda|libcuda|\bcuda\b|CUDA_ERROR|\bcuvid\b|nvdec|OpenEncodeSessionEx|no capable devices|Failed loading nvcuvid/i,
		message: 'The graphics card could not encode the video.',
	},
	{
		code: 'input_unsupported',
		pattern:
			/\[(hls|dash|concat|image2|sdp)[^\]]*\].*not on whitelist|Protocol .* not on whitelist/i,
		message:
			'The file is a playlist or script that points to other files, not media itself. Give the URL of the media file.',
	},
	{
		code: 'input_unsupported',
		pattern: /not on whitelist/i,
		message: 'The file is of a kind that is not accepted here.',
	},
	{
		code: 'input_unsupported',
		pattern:
			/picture size .* is invalid|Picture size .* exceeds|exceeds specified max pixel count/i,
		message:
			'The picture is too large: at most 50 million pixels (width x height). Make it smaller and try again.',
	},
	{
		code: 'input_unsupported',
		pattern:
			/Invalid data found when processing input|moov atom not found|Decoder .* not found|no decoder found|could not find codec parameters|Header missing|does not contain any stream|matches no streams|Unknown decoder|not yet implemented in FFmpeg/i,
		message:
			'The file could not be read as media: it is damaged, incomplete or of a kind that FFmpeg does not know.',
	},
];

/** How a run of ffmpeg ended: exit code, or the signal that ended it. */
export interface ExitFacts {
	readonly code?: number | undefined;
	readonly signal?: string | undefined;
}

/** What ends a program from outside: Ctrl-C, a closed terminal, a service manager that stops all processes at once. */
const STOP_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'];

/** What ffmpeg exits with after one of these. Later versions also end with it when something is not permitted. */
const STOPPED_EXIT = 255;

/** Whether the program was told to stop, though not by us: nothing is wrong with the job then. */
export const wasStopped = (exit: ExitFacts, stderr: string): boolean =>
	STOP_SIGNALS.includes(exit.signal ?? '') ||
	(exit.code === STOPPED_EXIT && !/Operation not permitted/i.test(stderr));

/** For a program that {@link wasStopped}; the queue runs such a job again. */
export const stoppedFailure = (program: string): CodedError =>
	new CodedError(
		'worker_lost',
		`${program} was stopped from outside, most likely together with the worker. The job runs again.`,
	);

/** The tail of stderr without the query strings of URLs, which may hold signatures. */
export const withoutQueries = (text: string): string =>
	text.replace(/(\w+:\/\/[^\s?'"]*)\?[^\s'"]*/g, '$1');

/** A failed run of ffmpeg or ffprobe as an error for the caller; `details.stderr` holds what it printed last. */
export function classifyFailure(stderrTail: string, exit: ExitFacts): CodedError {
	const details = {
		stderr: withoutQueries(stderrTail).trim(),
		...(exit.code === undefined ? {} : { exit_code: exit.code }),
		...(exit.signal === undefined ? {} : { signal: exit.signal }),
	};
	if (wasStopped(exit, stderrTail)) return stoppedFailure('FFmpeg');
	if (exit.signal === 'SIGKILL') {
		return new CodedError(
			'encode_failed',
			'FFmpeg was killed by the system, most often because memory ran out. Use smaller media or give the worker more memory.',
			{ details },
		);
	}
	const known = FAILURES.find(({ pattern }) => pattern.test(stderrTail));
	if (known !== undefined) return new CodedError(known.code, known.message, { details });
	return new CodedError(
		'encode_failed',
		'FFmpeg could not make the video. The details hold what it said.',
		{
			details,
		},
	);
}
