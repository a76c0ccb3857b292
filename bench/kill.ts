import { watch, type FSWatcher } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import type { JobView } from '../worker/src/job.ts';
import { startBenchWorker, upload, type BenchWorker } from './bench-worker.ts';
import { makeImage, makeSound, makeSrt, makeVideo, type BenchOptions } from './media.ts';
import type { Row } from './table.ts';

const JOBS = 20;
const KILLS = 10;

/** Milliseconds between a worker's start and its end: from before its first job to after its third. */
const KILL_AFTER = { least: 300, most: 6000 };

/** Length of the videos in seconds: a job takes a few seconds, so that most kills hit one in the middle. */
const SECONDS = 3;

/** Kills the worker again and again while it has jobs: all must end well, and each output be there once. */
export async function benchKill(options: BenchOptions): Promise<Row[]> {
	const dataDir = path.join(options.folder, 'killed');
	let worker = await startBenchWorker(dataDir);
	using published = await countPublished(path.join(dataDir, 'files', 'kill'));
	const ids = await submitAll(worker, options);
	for (let kill = 0; kill < KILLS; kill++) {
		const { least, most } = KILL_AFTER;
		await delay(least + Math.random() * (most - least));
		await worker.kill('SIGKILL');
		worker = await startBenchWorker(dataDir);
		const jobs = await Promise.all(ids.map((id) => look(worker, id)));
		const done = jobs.filter(({ status }) => status === 'succeeded').length;
		options.say(`kill ${kill + 1} of ${KILLS}: ${done} of ${JOBS} jobs have succeeded`);
	}
	const jobs = await Promise.all(ids.map((id) => worker.end(id)));
	const left = await worker.workFolder();
	await worker.kill('SIGTERM');
	return [await verdict(jobs, { folder: published.folder, left, times: published.times, options })];
}

const look = async (worker: BenchWorker, id: string): Promise<JobView> =>
	(await worker.call<JobView>('GET', `/v1/jobs/${id}`)).body;

/** Counts how often each file appears in the folders of the jobs. */
async function countPublished(
	folder: string,
): Promise<Disposable & { folder: string; times: Map<string, number> }> {
	const times = new Map<string, number>();
	const watchers: FSWatcher[] = [];
	for (let job = 0; job < JOBS; job++) {
		await mkdir(path.join(folder, String(job)), { recursive: true });
		const count = (event: string, name: string | null): void => {
			if (event === 'rename') times.set(`${job}/${name}`, (times.get(`${job}/${name}`) ?? 0) + 1);
		};
		watchers.push(watch(path.join(folder, String(job)), count));
	}
	const close = (): void => watchers.forEach((watcher) => watcher.close());
	return { folder, times, [Symbol.dispose]: close };
}

/** A mix of all three operations, each job with a folder of its own for its results. */
async function submitAll(worker: BenchWorker, { folder }: BenchOptions): Promise<string[]> {
	const video = await makeVideo(path.join(folder, 'kill.mp4'), SECONDS, '1280x720');
	const video_url = await upload(worker, video);
	const audio_url = await upload(worker, await makeSound(folder, 'kill.mp3', SECONDS));
	const image_url = await upload(worker, await makeImage(folder, 'kill.jpg', 7));
	const images = [1, 2].map((id) => ({ id, image_url, duration: SECONDS / 8 }));
	const inputs = [
		['caption', { video_url, subtitles: makeSrt(SECONDS) }],
		['addaudio', { video_url, audio_url }],
		['img2vid', { images }],
		['caption', { video_url, subtitles: makeSrt(SECONDS) }],
	] as const;
	const ids: string[] = [];
	for (let job = 0; job < JOBS; job++) {
		const [operation, input] = inputs[job % inputs.length] ?? inputs[0];
		ids.push((await worker.submit(operation, { ...input, path: `kill/${job}/` })).id);
	}
	return ids;
}

interface Aftermath {
	readonly folder: string;
	readonly left: readonly string[];
	readonly times: ReadonlyMap<string, number>;
	readonly options: BenchOptions;
}

async function verdict(
	jobs: readonly JobView[],
	{ folder, left, times, options }: Aftermath,
): Promise<Row> {
	const succeeded = jobs.filter(({ status }) => status === 'succeeded').length;
	const wanted = jobs.flatMap(({ operation }, job) =>
		namesOf(operation).map((name) => `${job}/${name}`),
	);
	const found = (await readdir(folder, { recursive: true })).filter((name) => name.includes('/'));
	const isComplete = found.toSorted().join() === wanted.toSorted().join();
	let playable = 0;
	for (const name of found) playable += (await plays(path.join(folder, name))) ? 1 : 0;
	// More than there are files means that a later attempt wrote some again.
	const publications = [...times.values()].reduce((sum, count) => sum + count, 0);
	const attempts = jobs.reduce((sum, { attempt }) => sum + attempt, 0);
	options.say(
		`${found.length} files of ${wanted.length}, ${playable} play, published ${publications} times, ${left.length} left in the work folder, ${attempts} attempts`,
	);
	return {
		name: `kill -9, ${KILLS} times during ${JOBS} jobs`,
		ours: `${playable} of ${wanted.length} outputs valid, published ${publications} times`,
		alternative: '-',
		compared: `${succeeded} succeeded`,
		bar: `${JOBS} succeeded`,
		ok: succeeded === JOBS && isComplete && playable === wanted.length && left.length === 0,
	};
}

const namesOf = (operation: string): string[] =>
	operation === 'caption'
		? ['captioned.mp4']
		: operation === 'addaudio'
			? ['with_audio.mp4']
			: ['video_1.mp4', 'video_2.mp4'];

async function plays(file: string): Promise<boolean> {
	const args = ['-nostdin', '-v', 'error', '-xerror', '-i', file, '-f', 'null', '-'];
	const { exitCode, stderr } = await execa('ffmpeg', args, { reject: false });
	return exitCode === 0 && stderr === '';
}
