import { CodedError } from '../errors.ts';
import type { Mp4Info } from './mp4-presentation.ts';

/** Seconds an output may be off: a frame at either end, the padding of the audio codec, rounding of the container. */
const TOLERANCE_SECONDS = 0.5;

/** Share a long output may be off: sources whose header is imprecise. */
const TOLERANCE_SHARE = 0.02;

/**
 * Checks what ffmpeg made before anybody sees it: an interrupted ffmpeg leaves a playable, truncated file, and a
 * damaged input ends early with exit code 0.
 *
 * @param seconds the length wanted; 0 or Infinity when it cannot be known beforehand: it is not checked then.
 * @throws CodedError `encode_failed` when there is no picture or the length is off.
 */
export function verifyOutput(made: Mp4Info, seconds: number): void {
	if (!made.tracks.some(({ kind, samples }) => kind === 'video' && samples > 0)) {
		throw wrong('has no picture');
	}
	if (seconds === 0 || !Number.isFinite(seconds)) return;
	const tolerance = Math.max(TOLERANCE_SECONDS, seconds * TOLERANCE_SHARE);
	if (Math.abs(made.seconds - seconds) <= tolerance) return;
	throw wrong(`is ${made.seconds.toFixed(2)} s long instead of ${seconds.toFixed(2)} s`);
}

const wrong = (what: string): CodedError =>
	new CodedError(
		'encode_failed',
		`The video that FFmpeg made ${what}. The input is probably damaged or incomplete: check that it plays to its end.`,
	);
