/** One ffmpeg argument group: a flag with its value, a flag alone, or null for an option that is absent. */
export type Arg = readonly [flag: string, value?: string | number] | null;

/** What an input file may be. It decides which demuxers ffmpeg may open it with (see INPUT_FORMATS). */
export type InputKind = 'video' | 'audio' | 'image' | 'subtitles' | 'generated';

/** One `-i`, with the options that apply to it alone. `file` is a name inside the job's folder, never a URL. */
export interface CommandInput {
	readonly kind: InputKind;
	readonly file: string;
	readonly options?: readonly Arg[];
}

/** An ffmpeg run as a value. Every name is relative to the job's folder, which is ffmpeg's working directory. */
export interface FfmpegCommand {
	readonly inputs: readonly CommandInput[];
	/** Filters, maps, codecs: everything between the inputs and the output file. */
	readonly output: readonly Arg[];
	readonly file: string;
}
