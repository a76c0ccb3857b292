import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
	startEmbeddedDatabase,
	type EmbeddedDatabase,
} from '../../worker/src/hosts/database/embedded.ts';
import { serveFiles, type FileServer } from '../support/file-server.ts';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';
import { startTestWorker } from '../support/worker.ts';

const folder = temporaryFolder();
let database: EmbeddedDatabase;
let files: FileServer;

beforeAll(async () => {
	files = await serveFiles(folder.path);
	await makeMedia(
		...source('testsrc2=s=160x90:r=24:d=1'),
		...source('sine=d=1'),
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', folder.file('video.mp4')],
	);
	database = await startEmbeddedDatabase(folder.file('database'));
});
afterAll(async () => {
	await files[Symbol.asyncDispose]();
	await database.stop();
	folder[Symbol.dispose]();
});

/** What a failover or a restarted connection pooler does to a worker: every connection breaks, in use or not. */
async function breakConnections(): Promise<void> {
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	await client.query(
		`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		 WHERE application_name LIKE 'gpu-media%' AND pid <> pg_backend_pid()`,
	);
	await client.end();
}

test('connections that break again and again in the middle of jobs cost no job and not the worker', async () => {
	await using worker = await startTestWorker({ DATABASE_URL: database.url });
	const input = { video_url: `${files.url}/video.mp4`, audio_url: `${files.url}/video.mp4` };
	const jobs = await Promise.all(
		Array.from({ length: 12 }, () => worker.submit('addaudio', input)),
	);
	const held = files.hold('/held.mp4', 'video.mp4');
	const last = await worker.submit('addaudio', { ...input, video_url: `${files.url}/held.mp4` });
	let requests = 0;
	for (const limit = performance.now() + 1500; performance.now() < limit; requests += 1) {
		// Submits keep transactions open, so that some of them are met.
		const submits = Array.from({ length: 4 }, () =>
			worker.call('POST', '/v1/jobs', { body: { operation: 'addaudio', input } }),
		);
		await breakConnections();
		for (const { status } of await Promise.all(submits)) expect([202, 503]).toContain(status);
	}
	expect(requests).toBeGreaterThan(0);
	held.release();
	for (const { id } of [...jobs, last]) {
		const answer = async () => (await worker.call('GET', `/v1/jobs/${id}`)).body;
		await expect
			.poll(answer, { timeout: 60_000, interval: 50 })
			.toMatchObject({ status: 'succeeded' });
	}
	await expect.poll(() => worker.workFolder(), { timeout: 20_000 }).toEqual([]);
}, 90_000);
