import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { JobView } from '../worker/src/job.ts';
import { API_KEY, spawnWorker, type WorkerClient } from '../tests/support/worker.ts';
import { treeCpuSeconds } from './cpu-time.ts';

export type BenchWorker = Awaited<ReturnType<typeof spawnWorker>>;

/** A worker in a process of its own, with its embedded PostgreSQL in `dataDir`. It does not outlive this process. */
export async function startBenchWorker(dataDir: string): Promise<BenchWorker> {
	const worker = await spawnWorker({ DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
	const end = (): void => void worker.child.kill('SIGTERM');
	process.once('exit', end);
	worker.child.once('exit', () => process.off('exit', end));
	return worker;
}

/** Sends a file to the worker, so that jobs can name it without any download. */
export async function upload(worker: WorkerClient, file: string): Promise<string> {
	const response = await fetch(`${worker.url}/v1/files/${path.basename(file)}`, {
		method: 'PUT',
		headers: { 'x-api-key': API_KEY, 'content-type': 'application/octet-stream' },
		body: Readable.toWeb(createReadStream(file)) as ReadableStream,
		duplex: 'half',
	} as RequestInit);
	if (!response.ok) throw new Error(`upload answered ${response.status}: ${await response.text()}`);
	return ((await response.json()) as { url: string }).url;
}

/** Runs one job to its end and answers it with the CPU seconds of the whole worker meanwhile, PostgreSQL included. */
export async function runMeasured(
	worker: BenchWorker,
	operation: string,
	input: unknown,
): Promise<{ job: JobView; cpuSeconds: number }> {
	const pid = worker.child.pid ?? 0;
	const before = treeCpuSeconds(pid);
	const job = await worker.end((await worker.submit(operation, input)).id);
	const cpuSeconds = treeCpuSeconds(pid) - before;
	if (job.status !== 'succeeded') throw new Error(`${operation}: ${JSON.stringify(job.error)}`);
	return { job, cpuSeconds };
}
