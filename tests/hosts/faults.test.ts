import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	startEmbeddedDatabase,
	type EmbeddedDatabase,
} from '../../worker/src/hosts/database/embedded.ts';
import type { JobView } from '../../worker/src/job.ts';
import { serveFiles, type FileServer } from '../support/file-server.ts';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';
import { startTestWorker } from '../support/worker.ts';

const folder = temporaryFolder();
const SRT = '1\n00:00:00,500 --> 00:00:01,500\nHello\n';
let database: EmbeddedDatabase;
let files: FileServer;

beforeAll(async () => {
	files = await serveFiles(folder.path);
	const video = [
		'-c:v',
		'libx264',
		'-preset',
		'ultrafast',
		'-b:v',
		'8M',
		'-minrate',
		'8M',
		folder.file('video.mp4'),
	];
	await makeMedia(
		...source('testsrc2=s=640x360:r=24:d=4'),
		'-vf',
		'noise=alls=60:allf=t',
		...video,
	);
	await makeMedia(...source('testsrc2=s=320x240'), '-frames:v', '1', folder.file('image.png'));
	await writeFile(folder.file('text.mp4'), 'This is a text, not a video.');
	await writeFile(
		folder.file('page.mp4'),
		'<!DOCTYPE html><html><body>Sign in to download</body></html>',
	);
	await writeFile(
		folder.file('list.mp4'),
		`#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${files.url}/secret.ts\n#EXT-X-ENDLIST\n`,
	);
	await writeFile(folder.file('concat.mp4'), `ffconcat version 1.0\nfile video.mp4\n`);
	await writeFile(folder.file('empty.mp4'), '');
	database = await startEmbeddedDatabase(folder.file('database'));
});
afterAll(async () => {
	await files[Symbol.asyncDispose]();
	await database.stop();
	folder[Symbol.dispose]();
});

type Worker = Awaited<ReturnType<typeof startTestWorker>>;

const caption = (worker: Worker, video: string, extra: Record<string, unknown> = {}) =>
	worker.submit('caption', { video_url: video, subtitles: SRT, ...extra });

describe('an input that cannot be used fails its job at once, with a code and no retry', () => {
	let worker: Worker;
	beforeAll(async () => {
		worker = await startTestWorker({ MAX_INPUT_MB: '1' });
	});
	afterAll(() => worker.stop());

	const cases: [name: string, route: string, code: string, said: RegExp][] = [
		['missing', '/nothing.mp4', 'input_not_found', /nothing\.mp4/],
		['a text', '/text.mp4', 'input_unsupported', /./],
		['a web page', '/page.mp4', 'input_unsupported', /page/i],
		['a playlist in disguise', '/list.mp4', 'input_unsupported', /playlist/i],
		['a list of files in disguise', '/concat.mp4', 'input_unsupported', /./],
		['empty', '/empty.mp4', 'input_unsupported', /empty/i],
		['too large', '/video.mp4', 'input_too_large', /1 MiB|1 MB|MAX_INPUT_MB/],
		['a picture where a video is wanted', '/image.png', 'input_unsupported', /./],
	];
	test.each(cases)('%s', async (_name, route, code, said) => {
		const before = files.requests.length;
		const job = await worker.end((await caption(worker, files.url + route)).id);
		expect(job).toMatchObject({
			status: 'failed',
			attempt: 1,
			error: { code, message: expect.stringMatching(said) },
		});
		expect(files.requests.slice(before)).toEqual([route]);
		expect(await worker.workFolder()).toEqual([]);
	});

	test('a private address, by number, by name, or behind a redirect', async () => {
		files.on('/away', (_request, response) =>
			response.writeHead(302, { location: 'http://127.0.0.2:1/x.mp4' }).end(),
		);
		for (const url of [
			'http://127.0.0.2/x.mp4',
			'http://localhost:1/x.mp4',
			'http://[::1]/x.mp4',
			'http://169.254.169.254/latest',
			`${files.url}/away`,
		]) {
			const job = await worker.end((await caption(worker, url)).id);
			expect(job, url).toMatchObject({
				status: 'failed',
				attempt: 1,
				error: {
					code: 'input_forbidden',
					message: expect.stringContaining('ALLOWED_INTERNAL_HOSTS'),
				},
			});
		}
	});

	test('no query of a URL, which may hold a token, is told', async () => {
		const job = await worker.end(
			(await caption(worker, `${files.url}/nothing.mp4?token=hunter2`)).id,
		);
		expect(JSON.stringify(job.error)).not.toContain('hunter2');
	});
});

test('ALLOWED_INTERNAL_HOSTS opens one port of a host and not the others', async () => {
	await using other = await serveFiles(folder.path);
	const allowed = new URL(files.url).host;
	await using worker = await startTestWorker({ ALLOWED_INTERNAL_HOSTS: allowed });
	expect((await worker.end((await caption(worker, `${files.url}/video.mp4`)).id)).status).toBe(
		'succeeded',
	);
	const refused = await worker.end((await caption(worker, `${other.url}/video.mp4`)).id);
	expect(refused).toMatchObject({ status: 'failed', error: { code: 'input_forbidden' } });
	expect(other.requests).toEqual([]);
});

test('a storage that is down is tried again with growing waits, then fails the job, and its folder is gone', async () => {
	let asked = 0;
	const down = createServer((_request, response) => {
		asked += 1;
		response.writeHead(503).end();
	});
	down.listen(0, '127.0.0.1');
	await once(down, 'listening');
	await using worker = await startTestWorker({
		S3_ENDPOINT_URL: `http://127.0.0.1:${(down.address() as AddressInfo).port}`,
		S3_ACCESS_KEY: 'key',
		S3_SECRET_KEY: 'hunter2hunter2',
		RETRY_LIMIT: '1',
		RETRY_DELAY_SECONDS: '1',
	});
	const job = await worker.end((await caption(worker, `${files.url}/video.mp4`)).id);
	expect(job).toMatchObject({
		status: 'failed',
		attempt: 2,
		error: { code: 'storage_unavailable', retryable: true },
	});
	expect(asked).toBeGreaterThan(1);
	expect(JSON.stringify(job)).not.toContain('hunter2');
	expect(await worker.workFolder()).toEqual([]);
	const { body } = await worker.call('GET', '/v1/status');
	expect(body).toMatchObject({ storage: { kind: 's3', ok: false } });
	down.close();
});

test('two workers on one database share the jobs; each is done once', async () => {
	const shared = { DATABASE_URL: database.url, CPU_ENCODES: '1' };
	await using first = await startTestWorker(shared);
	await using second = await startTestWorker(shared);
	const clip = {
		images: [{ id: 1, image_url: `${files.url}/image.png`, duration: 0.5 }],
		width: 160,
		height: 90,
	};
	const jobs = await Promise.all(
		Array.from({ length: 8 }, (_, n) => (n % 2 ? first : second).submit('img2vid', clip)),
	);
	// A job that one worker ran is seen, and waited for, at the other.
	const ended = await Promise.all(jobs.map(({ id }, n) => (n % 2 ? second : first).end(id)));
	expect(ended.map(({ status, attempt }) => [status, attempt])).toEqual(
		jobs.map(() => ['succeeded', 1]),
	);
	const counts = await Promise.all(
		[first, second].map(async (worker) => worker.call<{ text: string }>('GET', '/metrics')),
	);
	const done = counts.map(({ body }) =>
		Number(
			/attempts_total\{operation="img2vid",outcome="succeeded"\} (\d+)/.exec(body.text)?.[1] ?? 0,
		),
	);
	expect(done.reduce((sum, count) => sum + count, 0)).toBe(8);
	expect(Math.min(...done)).toBeGreaterThan(0);
	// A cancel at one worker reaches the job that runs at the other.
	const held = files.hold('/held.png', 'image.png');
	const job = await first.submit('img2vid', {
		...clip,
		images: [{ id: 1, image_url: `${files.url}/held.png`, duration: 1 }],
	});
	await held.asked;
	const other = (await first.workFolder()).length > 0 ? second : first;
	expect((await other.call<JobView>('POST', `/v1/jobs/${job.id}/cancel`)).body.status).toBe(
		'cancelled',
	);
	await expect
		.poll(async () => [...(await first.workFolder()), ...(await second.workFolder())], {
			timeout: 2000,
			interval: 20,
		})
		.toEqual([]);
	held.release();
});

/** Mounting a small file system takes root, as the machines that test this have. */
test.runIf(process.getuid?.() === 0)(
	'a full disk fails the job with disk_full, and nothing is left on it',
	async () => {
		const small = folder.file('small');
		await mkdir(small);
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', small]);
		try {
			const worker = await startTestWorker({
				DATA_DIR: small,
				DATABASE_URL: database.url,
				RETRY_LIMIT: '0',
			});
			const images = [{ id: 1, image_url: `${files.url}/image.png`, duration: 1 }];
			await writeFile(path.join(small, 'filler'), Buffer.alloc(5 * 1024 * 1024));
			const encoded = await worker.end((await caption(worker, `${files.url}/video.mp4`)).id);
			expect(encoded).toMatchObject({
				status: 'failed',
				error: { code: 'disk_full', message: expect.stringContaining('DATA_DIR') },
			});
			expect(await worker.workFolder()).toEqual([]);
			const tiny = await worker.end(
				(await worker.submit('img2vid', { images, width: 64, height: 36 })).id,
			);
			expect(tiny.status).toBe('succeeded');
			await worker.stop().catch(() => undefined);
		} finally {
			execFileSync('umount', ['-l', small]);
		}
	},
);
