import { rm } from 'node:fs/promises';
import path from 'node:path';
import { CodedError, toCodedError } from '../errors.ts';
import type { FfmpegCommand } from './args.ts';
import { LIBX264, NVENC, type EncoderProfile } from './encoders.ts';
import { failureLine } from './failure-line.ts';
import { runFfmpeg } from './ffmpeg.ts';

/** The encoders this machine can use, best first and libx264 last, and why the GPU is among them or not. */
export interface EncoderStatus {
	readonly encoders: readonly EncoderProfile[];
	readonly gpu: { readonly usable: boolean; readonly reason: string };
}

/** NVENC refuses pictures below 145x49; 256x256 is safely above. */
const TEST_PICTURE = 'color=c=black:s=256x256:r=24';

/** Longest time for one frame, milliseconds: a driver that takes longer to start does not work. */
const PROBE_LIMIT_MS = 30_000;

/**
 * Finds out which encoders work by encoding one frame with the production arguments; ffmpeg's own list names
 * h264_nvenc on machines without any GPU.
 *
 * @throws CodedError `unavailable` when ffmpeg or its libx264 is missing.
 */
export async function probeEncoders(
	useGpu: 'auto' | 'true' | 'false',
	options: { readonly folder: string },
): Promise<EncoderStatus> {
	await requireLibx264(options.folder);
	const gpu = await probeGpu(useGpu, options.folder);
	return { encoders: gpu.usable ? [NVENC, LIBX264] : [LIBX264], gpu };
}

async function requireLibx264(folder: string): Promise<void> {
	const failure = await tryEncoder(LIBX264, folder);
	if (failure === undefined || failure.code === 'disk_full') return;
	if (failure.code === 'unavailable') throw failure;
	throw new CodedError(
		'unavailable',
		`FFmpeg cannot encode with libx264 on this machine (${failureLine(failure)}). Install an FFmpeg built with libx264, as the package of Debian or Ubuntu is.`,
		{ details: failure.details ?? {}, cause: failure },
	);
}

async function probeGpu(
	useGpu: 'auto' | 'true' | 'false',
	folder: string,
): Promise<EncoderStatus['gpu']> {
	if (useGpu === 'false')
		return { usable: false, reason: 'The GPU is switched off (USE_GPU=false).' };
	const failure = await tryEncoder(NVENC, folder);
	if (failure === undefined) return { usable: true, reason: 'NVENC works.' };
	const reason = `NVENC is not usable: ${failureLine(failure)}`;
	if (useGpu === 'auto') return { usable: false, reason };
	return { usable: false, reason: `USE_GPU=true, but ${reason}. Videos are encoded on the CPU.` };
}

const testCommand = (encoder: EncoderProfile): FfmpegCommand => ({
	inputs: [{ kind: 'generated', file: TEST_PICTURE }],
	output: [...encoder.args, ['-frames:v', 1]],
	file: `encoder_test_${encoder.name}.mp4`,
});

async function tryEncoder(
	encoder: EncoderProfile,
	folder: string,
): Promise<CodedError | undefined> {
	const command = testCommand(encoder);
	const signal = AbortSignal.timeout(PROBE_LIMIT_MS);
	try {
		await runFfmpeg(command, { folder, signal, stallSeconds: PROBE_LIMIT_MS / 1000 });
		return undefined;
	} catch (error) {
		if (signal.aborted)
			return new CodedError('gpu_failed', 'the test encode did not end within 30 s');
		return toCodedError(error);
	} finally {
		await rm(path.join(folder, command.file), { force: true });
	}
}
