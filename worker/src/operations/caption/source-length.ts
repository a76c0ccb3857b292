import type { SizedVideo } from './command.ts';

/** Lengths in seconds on the clock of the player, which starts with the earliest stream; Infinity when unknown. */
export interface SourceLength {
	/** To the last frame of the picture. */
	readonly video: number;
	/** To the end of whatever lasts longest, picture or sound. */
	readonly whole: number;
}

/** Streams need not begin together: the sound of a recording often leads. */
export function sourceLength(source: SizedVideo): SourceLength {
	const { video, audio } = source;
	const origin = Math.min(video.startSeconds, audio?.startSeconds ?? Infinity);
	const end = (stream: { startSeconds: number; durationSeconds: number | undefined }): number =>
		stream.startSeconds - origin + (stream.durationSeconds ?? source.durationSeconds ?? Infinity);
	return { video: end(video), whole: Math.max(end(video), audio ? end(audio) : 0) };
}
