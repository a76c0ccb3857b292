import type { Arg } from './args.ts';

/** A video encoder as data: its name, whether it is hardware, and its production arguments. */
export interface EncoderProfile {
	/** ffmpeg's name of the encoder, also shown in results. */
	readonly name: 'h264_nvenc' | 'libx264';
	readonly hardware: boolean;
	readonly args: readonly Arg[];
}

/** NVENC as the published recipe has it: preset p4, variable bit rate, constant quality 23. */
export const NVENC: EncoderProfile = {
	name: 'h264_nvenc',
	hardware: true,
	args: [
		['-c:v', 'h264_nvenc'],
		['-preset', 'p4'],
		['-rc', 'vbr'],
		['-cq', 23],
		['-b:v', 0],
		['-pix_fmt', 'yuv420p'],
	],
};

/**
 * The CPU encoder. CRF 23 is x264's default and the same scale as NVENC's CQ; veryfast costs half the CPU of
 * medium for 1.5 dB less at a smaller size (1080p30: 63 against 121 ms a frame).
 */
export const LIBX264: EncoderProfile = {
	name: 'libx264',
	hardware: false,
	args: [
		['-c:v', 'libx264'],
		['-preset', 'veryfast'],
		['-crf', 23],
		['-pix_fmt', 'yuv420p'],
	],
};
