import { readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../worker/src/job.ts';
import { serveFiles, type FileServer } from '../support/file-server.ts';
import { makeMedia, source, streamValues, temporaryFolder } from '../support/media-fixtures.ts';
import { makeDataDir, spawnWorker, type WorkerProcess } from '../support/worker.ts';

const folder = temporaryFolder();
const dataDirs: string[] = [];
let files: FileServer;

beforeAll(async () => {
	files = await serveFiles(folder.path);
	await makeMedia(...source('testsrc2=s=640x480'), '-frames:v', '1', folder.file('image.png'));
});
afterAll(async () => {
	await files[Symbol.asyncDispose]();
	folder[Symbol.dispose]();
	await Promise.all(dataDirs.map((dataDir) => rm(dataDir, { recursive: true, force: true })));
});

async function dataDir(): Promise<string> {
	const made = await makeDataDir();
	dataDirs.push(made);
	return made;
}

const clip = (n: number) => ({
	images: [{ id: n, image_url: `${files.url}/image.png`, duration: 1 }],
	width: 320,
	height: 180,
	path: `batch/${n}/`,
});

/** A process that has ended but was not waited for yet has no command line any more. */
const isAlive = async (pid: number): Promise<boolean> =>
	(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')) !== '';

/** Process ids of what runs in a folder of the worker's work folder. */
async function childrenIn(work: string): Promise<number[]> {
	const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
	const found = await Promise.all(
		pids.map(async (pid) => {
			try {
				const arguments_ = await readFile(`/proc/${pid}/cmdline`, 'utf8');
				return arguments_.includes('ffmpeg') &&
					(await readlink(`/proc/${pid}/cwd`)).startsWith(work)
					? Number(pid)
					: 0;
			} catch {
				return 0;
			}
		}),
	);
	return found.filter((pid) => pid > 0);
}

async function running(worker: WorkerProcess): Promise<JobView[]> {
	const { body } = await worker.call<{ jobs: JobView[] }>(
		'GET',
		'/v1/jobs?status=running&limit=100',
	);
	return body.jobs;
}

test('a worker killed in the middle of a batch goes on after its restart; every output is there once and whole', async () => {
	const DATA_DIR = await dataDir();
	let worker = await spawnWorker({ DATA_DIR });
	const jobs = await Promise.all(
		Array.from({ length: 8 }, (_, n) => worker.submit('img2vid', clip(n))),
	);
	for (let kill = 0; kill < 3; kill += 1) {
		await expect
			.poll(async () => (await running(worker)).length, { timeout: 30_000, interval: 10 })
			.toBeGreaterThan(0);
		await worker.kill('SIGKILL');
		worker = await spawnWorker({ DATA_DIR });
	}
	const ended = await Promise.all(jobs.map(({ id }) => worker.end(id)));
	expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
	expect(Math.max(...ended.map(({ attempt }) => attempt))).toBeGreaterThan(1);
	const published = await readdir(path.join(DATA_DIR, 'files', 'batch'), { recursive: true });
	expect(published.filter((name) => name.endsWith('.mp4')).length).toBe(jobs.length);
	for (const name of published.filter((entry) => entry.endsWith('.mp4'))) {
		const file = path.join(DATA_DIR, 'files', 'batch', name);
		expect(await streamValues(file, 'v:0', ['nb_frames'])).toEqual(['24']);
	}
	expect(await worker.workFolder()).toEqual([]);
	await worker.kill('SIGTERM');
});

test('what a job had published when its worker was killed is not published again', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR });
	const held = files.hold('/second.png', 'image.png');
	const images = ['image.png', 'second.png'].map((name, at) => ({
		id: at,
		image_url: `${files.url}/${name}`,
		duration: 0.5,
	}));
	const { id } = await worker.submit('img2vid', { ...clip(1), images });
	const first = path.join(DATA_DIR, 'files', 'batch', '1', 'video_1.mp4');
	const facts = async () => stat(first).catch(() => undefined);
	await expect.poll(facts, { timeout: 30_000, interval: 20 }).toBeDefined();
	const before = await facts();
	await held.asked;
	// Half of the job is done, and known to be done, when the first of two clips is.
	const percent = async () =>
		(await worker.call<JobView>('GET', `/v1/jobs/${id}`)).body.progress.percent;
	await expect.poll(percent, { timeout: 30_000, interval: 50 }).toBeGreaterThanOrEqual(50);
	await worker.kill('SIGKILL');
	held.release();
	const next = await spawnWorker({ DATA_DIR });
	const job = await next.end(id);
	expect(job).toMatchObject({ status: 'succeeded', attempt: 2 });
	const after = await facts();
	expect([after?.ino, after?.mtimeMs]).toEqual([before?.ino, before?.mtimeMs]);
	const videos = job.result?.['videos'] as { video_url: string }[];
	expect(videos.map(({ video_url }) => new URL(video_url).pathname)).toEqual([
		'/files/batch/1/video_1.mp4',
		'/files/batch/1/video_2.mp4',
	]);
	await next.kill('SIGTERM');
});

test('nothing keeps encoding after its worker was killed', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR });
	await worker.submit('img2vid', {
		...clip(1),
		images: [{ id: 1, image_url: `${files.url}/image.png`, duration: 300 }],
	});
	const work = path.join(DATA_DIR, 'work');
	await expect
		.poll(async () => (await childrenIn(work)).length, { timeout: 30_000, interval: 10 })
		.toBeGreaterThan(0);
	await worker.kill('SIGKILL');
	await expect.poll(() => childrenIn(work), { timeout: 2000, interval: 20 }).toEqual([]);
	const next = await spawnWorker({ DATA_DIR });
	expect(
		(await running(next)).length +
			(await next.call<{ jobs: JobView[] }>('GET', '/v1/jobs?status=queued')).body.jobs.length,
	).toBe(1);
	await next.kill('SIGTERM');
});

test('a worker that is asked to stop gives its job back, and stops its database last', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR });
	const held = files.hold('/held.png', 'image.png');
	const { id } = await worker.submit('img2vid', {
		...clip(1),
		images: [{ id: 1, image_url: `${files.url}/held.png`, duration: 1 }],
	});
	await held.asked;
	const postmaster = Number(
		(await readFile(path.join(DATA_DIR, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0],
	);
	const began = Date.now();
	await worker.kill('SIGTERM');
	expect(Date.now() - began).toBeLessThan(10_000);
	expect(await isAlive(postmaster)).toBe(false);
	expect(await worker.workFolder()).toEqual([]);
	held.release();
	const next = await spawnWorker({ DATA_DIR });
	expect(await next.end(id)).toMatchObject({ status: 'succeeded', attempt: 2 });
	await next.kill('SIGTERM');
});

test('a second worker on one data folder does not start, and says what to do', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR });
	await expect(spawnWorker({ DATA_DIR })).rejects.toThrow(/Another worker .* DATA_DIR/);
	await worker.kill('SIGTERM');
});

test('a setting that cannot be used stops the start, naming the variable and not the value', async () => {
	const DATA_DIR = await dataDir();
	const start = spawnWorker({
		DATA_DIR,
		PORT: 'eighty-eighty',
		DATABASE_URL: 'mysql://root:hunter2@db',
	});
	await expect(start).rejects.toThrow(
		/PORT must be a port number[\s\S]*DATABASE_URL must be postgresql:/,
	);
	await expect(start).rejects.not.toThrow(/hunter2|eighty/);
});

test('the first start makes a key, keeps it to itself and says where it is', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR, X_API_KEY: '' });
	const file = path.join(DATA_DIR, 'api-key');
	const key = (await readFile(file, 'utf8')).trim();
	expect(worker.output()).toContain(file);
	expect(worker.output()).not.toContain(key);
	expect((await stat(file)).mode & 0o777).toBe(0o600);
	expect((await worker.call('GET', '/v1/me', { key })).status).toBe(200);
	await worker.kill('SIGTERM');
});

test('a worker that died together with its database, as in a container that is killed, starts again', async () => {
	const DATA_DIR = await dataDir();
	const pidFile = path.join(DATA_DIR, 'postgres', 'postmaster.pid');
	for (let round = 0; round < 2; round += 1) {
		const worker = await spawnWorker({ DATA_DIR });
		const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
		process.kill(pid, 'SIGKILL');
		await worker.kill('SIGKILL');
	}
	// After a restart of the machine the number may be another program's.
	const lines = (await readFile(pidFile, 'utf8')).split('\n');
	await writeFile(pidFile, [process.pid, ...lines.slice(1)].join('\n'));
	const worker = await spawnWorker({ DATA_DIR });
	expect((await worker.call('GET', '/health')).status).toBe(200);
	await worker.kill('SIGTERM');
});

test('a Ctrl-C in the terminal, which reaches every process of the group, loses nothing', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR, LOG_LEVEL: 'warn' });
	const held = files.hold('/interrupted.png', 'image.png');
	const { id } = await worker.submit('img2vid', {
		...clip(1),
		images: [{ id: 1, image_url: `${files.url}/interrupted.png`, duration: 1 }],
	});
	await held.asked;
	const gone = once(worker.child, 'exit');
	process.kill(-(worker.child.pid ?? 0), 'SIGINT');
	expect(await gone).toEqual([0, null]);
	expect(worker.output()).not.toMatch(/"level":[45]0/);
	held.release();
	const next = await spawnWorker({ DATA_DIR });
	expect((await next.end(id)).status).toBe('succeeded');
	await next.kill('SIGTERM');
});

test('a database that is killed under a running worker comes back, and its jobs end well', async () => {
	const DATA_DIR = await dataDir();
	const worker = await spawnWorker({ DATA_DIR });
	const held = files.hold('/during.png', 'image.png');
	const { id } = await worker.submit('img2vid', {
		...clip(1),
		images: [{ id: 1, image_url: `${files.url}/during.png`, duration: 1 }],
	});
	await held.asked;
	const postmaster = (
		await readFile(path.join(DATA_DIR, 'postgres', 'postmaster.pid'), 'utf8')
	).split('\n')[0];
	process.kill(Number(postmaster), 'SIGKILL');
	held.release();
	const status = async () => (await worker.call<JobView>('GET', `/v1/jobs/${id}`)).body.status;
	await expect.poll(status, { timeout: 100_000, interval: 200 }).toBe('succeeded');
	await worker.kill('SIGTERM');
});
