import type { EncodeReport } from '../context.ts';
import { CodedError } from '../errors.ts';
import type { FfmpegCommand } from './args.ts';
import { LIBX264, type EncoderProfile } from './encoders.ts';
import { failureLine } from './failure-line.ts';

/** Signals of a crash inside the driver, which runs in ffmpeg's process. SIGKILL is memory, not the card. */
const CRASHES = ['SIGSEGV', 'SIGBUS', 'SIGABRT', 'SIGILL', 'SIGFPE'];

/**
 * Runs the command built for the best encoder, and once more with libx264 when the hardware failed. A full card
 * ("OpenEncodeSessionEx failed: out of memory") counts as failed: the job goes on without it. All other errors
 * are passed on, because the CPU would meet them too.
 *
 * @param encoders best first, never empty.
 * @returns the report, and as `made` what `run` answered.
 * @throws CodedError whatever `run` throws.
 */
export async function encodeWithFallback<Made>(
	build: (encoder: EncoderProfile) => FfmpegCommand,
	encoders: readonly EncoderProfile[],
	run: (command: FfmpegCommand, encoder: EncoderProfile) => Promise<Made>,
): Promise<EncodeReport & { readonly made: Made }> {
	const preferred = encoders[0] ?? LIBX264;
	try {
		return { encoder: preferred.name, made: await run(build(preferred), preferred) };
	} catch (error) {
		if (!preferred.hardware || !isHardwareFailure(error)) throw error;
		const made = await run(build(LIBX264), LIBX264);
		const fallbackReason = `${preferred.name} failed: ${failureLine(error)}`;
		return { encoder: LIBX264.name, made, fallbackReason };
	}
}

function isHardwareFailure(error: unknown): error is CodedError {
	if (!(error instanceof CodedError)) return false;
	return error.code === 'gpu_failed' || CRASHES.includes(String(error.details?.['signal']));
}
