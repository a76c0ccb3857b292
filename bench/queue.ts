import { inLanes } from '../worker/src/operations/img2vid/lanes.ts';
import { hasEnded } from '../worker/src/job.ts';
import { upload, type BenchWorker } from './bench-worker.ts';
import { residentMegabytes } from './cpu-time.ts';
import { makeImage, type BenchOptions } from './media.ts';
import { median, percentile, type Row } from './table.ts';

const LATENCY_JOBS = 50;
const ACCEPTED_JOBS = 200;

/** Requests in flight at once while jobs are submitted: a few n8n workflows. */
const CLIENTS = 8;

/** Bars: milliseconds, jobs per second, MB. */
const MOST_LATENCY = 100;
const LEAST_RATE = 50;
const MOST_MEMORY = 250;

/** A job of one tiny frame. */
async function tinyInput(worker: BenchWorker, folder: string): Promise<unknown> {
	const image_url = await upload(worker, await makeImage(folder, 'tiny.png', 1));
	const images = [{ id: 1, image_url, duration: 0.1 }];
	return { images, width: 16, height: 16, fps: 1, path: 'bench/' };
}

/** What the queue does with tiny jobs: how soon an idle worker starts one, and how many it accepts. */
export async function benchQueue(worker: BenchWorker, options: BenchOptions): Promise<Row[]> {
	const pid = worker.child.pid ?? 0;
	const fresh = residentMegabytes(pid);
	const input = await tinyInput(worker, options.folder);
	const rows = [await latency(worker, input), await acceptance(worker, input)];
	const used = residentMegabytes(pid);
	rows.push({
		name: 'idle memory without PostgreSQL',
		ours: `${fresh.toFixed(0)} MB fresh`,
		alternative: '-',
		compared: `${used.toFixed(0)} MB after ${LATENCY_JOBS + ACCEPTED_JOBS} jobs`,
		bar: `${MOST_MEMORY} MB`,
		ok: Math.max(fresh, used) <= MOST_MEMORY,
	});
	return rows;
}

async function latency(worker: BenchWorker, input: unknown): Promise<Row> {
	const waits: number[] = [];
	for (let count = 0; count < LATENCY_JOBS; count++) {
		const job = await worker.end((await worker.submit('img2vid', input)).id);
		waits.push(Date.parse(job.started_at ?? '') - Date.parse(job.created_at));
	}
	return {
		name: `submit to start, idle, ${LATENCY_JOBS} jobs`,
		ours: `p95 ${percentile(waits, 0.95).toFixed(0)} ms`,
		alternative: '-',
		compared: `median ${median(waits).toFixed(0)} ms`,
		bar: `${MOST_LATENCY} ms`,
		ok: median(waits) < MOST_LATENCY,
	};
}

/** Jobs run while others are submitted, as in life; those that are left are cancelled. */
async function acceptance(worker: BenchWorker, input: unknown): Promise<Row> {
	const began = performance.now();
	const jobs = await inLanes(Array.from({ length: ACCEPTED_JOBS }), CLIENTS, () =>
		worker.submit('img2vid', input),
	);
	const rate = (ACCEPTED_JOBS * 1000) / (performance.now() - began);
	await inLanes(jobs, CLIENTS, ({ id }) => worker.call('POST', `/v1/jobs/${id}/cancel`));
	const ended = await inLanes(jobs, CLIENTS, ({ id }) => worker.end(id));
	return {
		name: `accepting ${ACCEPTED_JOBS} jobs`,
		ours: `${CLIENTS} requests at once`,
		alternative: '-',
		compared: `${rate.toFixed(0)} jobs/s`,
		bar: `${LEAST_RATE} jobs/s`,
		ok: rate >= LEAST_RATE && ended.every(({ status }) => hasEnded(status)),
	};
}
