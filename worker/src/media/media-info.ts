/** What ffprobe found in a file. Durations are seconds; `rotation` is clockwise degrees, 0, 90, 180 or 270. */
export interface MediaInfo {
	/** ffmpeg's demuxer names, for example ["mov", "mp4", "m4a", "3gp", "3g2", "mj2"]. */
	readonly formats: readonly string[];
	readonly durationSeconds: number | undefined;
	readonly sizeBytes: number;
	readonly video: VideoStream | undefined;
	/** The first audio stream. */
	readonly audio: AudioStream | undefined;
	/** Codecs of all audio streams, in file order. */
	readonly audioCodecs: readonly string[];
	readonly subtitles: readonly { readonly codec: string }[];
}

export interface VideoStream {
	readonly codec: string;
	/** Stored size in pixels, before rotation. */
	readonly width: number;
	readonly height: number;
	readonly rotation: 0 | 90 | 180 | 270;
	/** Size in pixels as a player shows it: after rotation and sample aspect ratio. */
	readonly displayWidth: number;
	readonly displayHeight: number;
	readonly pixelFormat: string;
	/** Average frames per second. */
	readonly framesPerSecond: number | undefined;
	readonly durationSeconds: number | undefined;
	/** Frames counted by the container, when it says. */
	readonly frames: number | undefined;
	/** Timestamp of the first frame in seconds: not 0 in transport streams and edited files. */
	readonly startSeconds: number;
}

export interface AudioStream {
	readonly codec: string;
	readonly sampleRate: number;
	readonly channels: number;
	readonly durationSeconds: number | undefined;
	/** Timestamp of the first sample in seconds. */
	readonly startSeconds: number;
}
