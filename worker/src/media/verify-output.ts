import { CodedError } from '../errors.ts';
import type { MediaInfo } from './media-info.ts';

/** What an output has to be. */
export interface ExpectedOutput {
	/** 0 when the length cannot be known beforehand: it is not checked then. */
	readonly seconds: number;
	readonly video: boolean;
	/** Left out: sound may be there or not. */
	readonly audio?: boolean;
}

/** Seconds an output may be off: a frame at either end, the padding of the audio codec, rounding of the container. */
const TOLERANCE_SECONDS = 0.5;

/** Share a long output may be off: sources whose header is imprecise. */
const TOLERANCE_SHARE = 0.02;

/**
 * Checks what ffmpeg made before anybody sees it: an interrupted ffmpeg leaves a playable, truncated file, and a
 * damaged input ends early with exit code 0.
 *
 * @throws CodedError `encode_failed` when a stream is missing or the length is off.
 */
export function verifyOutput(info: MediaInfo, expected: ExpectedOutput): void {
	if (expected.video && info.video === undefined) throw wrong('has no picture');
	if (expected.audio === true && info.audio === undefined) throw wrong('has no sound');
	if (expected.audio === false && info.audio !== undefined)
		throw wrong('has sound that it should not have');
	const seconds = info.durationSeconds;
	if (seconds === undefined) throw wrong('has no length');
	if (expected.seconds === 0) return;
	const tolerance = Math.max(TOLERANCE_SECONDS, expected.seconds * TOLERANCE_SHARE);
	if (Math.abs(seconds - expected.seconds) <= tolerance) return;
	throw wrong(`is ${seconds.toFixed(2)} s long instead of ${expected.seconds.toFixed(2)} s`);
}

const wrong = (what: string): CodedError =>
	new CodedError(
		'encode_failed',
		`The video that FFmpeg made ${what}. The input is probably damaged or incomplete: check that it plays to its end.`,
	);
