import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { CodedError } from '../../worker/src/errors.ts';
import type { FfmpegCommand } from '../../worker/src/media/args.ts';
import { encodeWithFallback } from '../../worker/src/media/encode-with-fallback.ts';
import { probeEncoders } from '../../worker/src/media/encoder-probe.ts';
import { LIBX264, NVENC } from '../../worker/src/media/encoders.ts';
import { probeFile } from '../../worker/src/media/ffprobe.ts';
import { runFfmpeg } from '../../worker/src/media/ffmpeg.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/media-fixtures.ts';

afterEach(() => vi.unstubAllEnvs());

/** Puts a program named ffmpeg before the real one. */
function fakeFfmpeg(folder: TemporaryFolder, script: string): void {
	writeFileSync(folder.file('ffmpeg'), `#!/bin/sh\n${script}\n`);
	chmodSync(folder.file('ffmpeg'), 0o755);
	vi.stubEnv('PATH', `${folder.path}:${process.env['PATH']}`);
}

const encode = (seconds: number, encoder = LIBX264): FfmpegCommand => ({
	inputs: [{ kind: 'generated', file: `testsrc=s=256x256:r=25:d=${seconds}` }],
	output: encoder.args,
	file: 'output.mp4',
});

const NEVER = new AbortController().signal;
const ENDLESS = 36_000;

test('reports progress up to the whole', async () => {
	using folder = temporaryFolder();
	const shares: number[] = [];
	const onProgress = (share: number): void => void shares.push(share);
	await runFfmpeg(encode(2), {
		folder: folder.path,
		signal: NEVER,
		stallSeconds: 20,
		expectedSeconds: 2,
		onProgress,
	});
	expect(shares.at(-1)).toBeGreaterThan(0.9);
	expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test.each([
	{ reason: undefined, code: 'cancelled' },
	{ reason: new CodedError('deadline_exceeded', 'too long'), code: 'deadline_exceeded' },
])('a cancel ends a running encode at once with $code', async ({ reason, code }) => {
	using folder = temporaryFolder();
	const controller = new AbortController();
	let cancelledAt = 0;
	const onProgress = (): void => {
		if (cancelledAt === 0) cancelledAt = performance.now();
		controller.abort(reason);
	};
	const run = runFfmpeg(encode(ENDLESS), {
		folder: folder.path,
		signal: controller.signal,
		stallSeconds: 20,
		expectedSeconds: ENDLESS,
		onProgress,
	});
	await expect(run).rejects.toMatchObject({ code });
	expect(performance.now() - cancelledAt).toBeLessThan(1500);
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
	'an ffmpeg or ffprobe that somebody else stops with %s fails the attempt, not the job',
	async (signal) => {
		using folder = temporaryFolder();
		fakeFfmpeg(folder, 'echo $$ > pid; exec /usr/bin/env PATH="${PATH#*:}" ffmpeg "$@"');
		const stop = (): void => {
			process.kill(Number(readFileSync(folder.file('pid'), 'utf8')), signal);
		};
		const options = { folder: folder.path, signal: NEVER, stallSeconds: 20 };
		const encoding = runFfmpeg(encode(ENDLESS), {
			...options,
			expectedSeconds: 1,
			onProgress: stop,
		});
		await expect(encoding).rejects.toMatchObject({ code: 'worker_lost', retryable: true });
		writeFileSync(folder.file('ffprobe'), `#!/bin/sh\nkill -${signal.slice(3)} $$\n`);
		chmodSync(folder.file('ffprobe'), 0o755);
		await expect(probeFile('output.mp4', 'video', options)).rejects.toMatchObject({
			code: 'worker_lost',
		});
	},
);

test('an ffmpeg that ignores SIGTERM is gone within two seconds of a cancel', async () => {
	using folder = temporaryFolder();
	fakeFfmpeg(
		folder,
		"trap '' TERM\necho $$ > pid\nprintf 'out_time_us=1\\nprogress=continue\\n'\nwhile :; do sleep 1; done",
	);
	const controller = new AbortController();
	let cancelledAt = 0;
	const onProgress = (): void => {
		cancelledAt = performance.now();
		controller.abort();
	};
	const options = {
		folder: folder.path,
		signal: controller.signal,
		stallSeconds: 20,
		expectedSeconds: 1,
		onProgress,
	};
	await expect(runFfmpeg(encode(1), options)).rejects.toMatchObject({ code: 'cancelled' });
	expect(performance.now() - cancelledAt).toBeLessThan(2000);
	expect(isAlive(Number(readFileSync(folder.file('pid'), 'utf8')))).toBe(false);
});

test('an ffmpeg that hangs is stopped as stalled', async () => {
	using folder = temporaryFolder();
	fakeFfmpeg(folder, 'sleep 600');
	const started = performance.now();
	const run = runFfmpeg(encode(1), { folder: folder.path, signal: NEVER, stallSeconds: 1 });
	await expect(run).rejects.toMatchObject({ code: 'encode_stalled', retryable: true });
	expect(performance.now() - started).toBeLessThan(4000);
});

test.each([
	{ words: 'av_interleaved_write_frame(): No space left on device', code: 'disk_full' },
	{
		words: '[h264_nvenc @ 0x1] OpenEncodeSessionEx failed: out of memory (10)',
		code: 'gpu_failed',
	},
	{
		words: 'moov atom not found\nx: Invalid data found when processing input',
		code: 'input_unsupported',
	},
	{ words: 'Error while filtering', code: 'encode_failed' },
])('"$words" is $code', async ({ words, code }) => {
	using folder = temporaryFolder();
	fakeFfmpeg(folder, `printf '%s\\n' '${words} https://host/file?X-Signature=secret' >&2; exit 1`);
	const run = runFfmpeg(encode(1), { folder: folder.path, signal: NEVER, stallSeconds: 9 });
	const error = (await run.catch((reason: unknown) => reason)) as CodedError;
	expect(error.code).toBe(code);
	expect(error.details?.['stderr']).toContain('https://host/file');
	expect(error.details?.['stderr']).not.toContain('secret');
});

test('a missing ffmpeg is told as such', async () => {
	using folder = temporaryFolder();
	vi.stubEnv('PATH', folder.path);
	const run = runFfmpeg(encode(1), { folder: folder.path, signal: NEVER, stallSeconds: 9 });
	await expect(run).rejects.toMatchObject({
		code: 'unavailable',
		message: expect.stringContaining('apt-get install ffmpeg'),
	});
});

test('secrets of the worker do not reach ffmpeg', async () => {
	using folder = temporaryFolder();
	vi.stubEnv('S3_SECRET_KEY', 'very-secret');
	fakeFfmpeg(folder, 'env > environment');
	await runFfmpeg(encode(1), { folder: folder.path, signal: NEVER, stallSeconds: 9 });
	const environment = readFileSync(folder.file('environment'), 'utf8');
	expect(environment).toContain('PATH=');
	expect(environment).not.toContain('very-secret');
});

const NO_GPU = `case "$*" in *h264_nvenc*) echo "[h264_nvenc @ 0x1] Cannot load libcuda.so.1" >&2; exit 1;; esac`;

test('the encoder probe believes a real encode only', async () => {
	using folder = temporaryFolder();
	fakeFfmpeg(folder, `${NO_GPU}\nexec /usr/bin/env PATH="\${PATH#*:}" ffmpeg "$@"`);
	expect(await probeEncoders('auto', { folder: folder.path })).toEqual({
		encoders: [LIBX264],
		gpu: { usable: false, reason: 'NVENC is not usable: Cannot load libcuda.so.1' },
	});
	expect((await probeEncoders('true', { folder: folder.path })).gpu.reason).toContain(
		'USE_GPU=true, but NVENC',
	);
	fakeFfmpeg(folder, 'exit 0');
	expect((await probeEncoders('auto', { folder: folder.path })).encoders).toEqual([NVENC, LIBX264]);
	expect((await probeEncoders('false', { folder: folder.path })).encoders).toEqual([LIBX264]);
	fakeFfmpeg(folder, `echo "Unknown encoder 'libx264'" >&2; exit 1`);
	await expect(probeEncoders('auto', { folder: folder.path })).rejects.toMatchObject({
		code: 'unavailable',
	});
});

test('a hardware failure is followed by libx264, another failure is not', async () => {
	using folder = temporaryFolder();
	fakeFfmpeg(folder, `${NO_GPU}\nexec /usr/bin/env PATH="\${PATH#*:}" ffmpeg "$@"`);
	const run = (command: FfmpegCommand) =>
		runFfmpeg(command, { folder: folder.path, signal: NEVER, stallSeconds: 20 });
	const report = await encodeWithFallback((encoder) => encode(0.2, encoder), [NVENC, LIBX264], run);
	expect(report).toEqual({
		encoder: 'libx264',
		fallbackReason: 'h264_nvenc failed: Cannot load libcuda.so.1',
	});
	fakeFfmpeg(folder, 'echo "Invalid data found when processing input" >&2; exit 1');
	const failing = encodeWithFallback((encoder) => encode(0.2, encoder), [NVENC, LIBX264], run);
	await expect(failing).rejects.toMatchObject({ code: 'input_unsupported' });
});

test.runIf(process.platform === 'linux')('ffmpeg dies with a worker that is killed', async () => {
	using folder = temporaryFolder();
	fakeFfmpeg(
		folder,
		'echo $$ > pid.new; mv pid.new pid; exec /usr/bin/env PATH="${PATH#*:}" ffmpeg "$@"',
	);
	const script = `
		import { watch } from 'node:fs';
		import { runFfmpeg } from ${JSON.stringify(new URL('../../worker/src/media/ffmpeg.ts', import.meta.url).href)};
		await runFfmpeg(${JSON.stringify(encode(ENDLESS))}, {
			folder: ${JSON.stringify(folder.path)}, signal: new AbortController().signal, stallSeconds: 60,
			expectedSeconds: 1, onProgress: () => console.log('running') });`;
	const worker = spawn(process.execPath, ['--input-type=module', '--eval', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	await once(worker.stdout, 'data');
	const pid = Number(readFileSync(folder.file('pid'), 'utf8'));
	expect(isAlive(pid)).toBe(true);
	worker.kill('SIGKILL');
	await once(worker, 'exit');
	await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });
});

/** A zombie has ended too: in a container without an init nobody collects it. */
function isAlive(pid: number): boolean {
	try {
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}
