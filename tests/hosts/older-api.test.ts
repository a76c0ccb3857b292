import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../worker/src/job.ts';
import { serveFiles, type FileServer } from '../support/file-server.ts';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';
import { startTestWorker } from '../support/worker.ts';

const folder = temporaryFolder();
let worker: Awaited<ReturnType<typeof startTestWorker>>;
let files: FileServer;

beforeAll(async () => {
	files = await serveFiles(folder.path);
	const video = ['-c:v', 'libx264', '-preset', 'ultrafast', folder.file('video.mp4')];
	await makeMedia(...source('testsrc2=s=320x180:r=24:d=2'), ...video);
	await makeMedia(...source('testsrc2=s=320x240'), '-frames:v', '1', folder.file('image.png'));
	await makeMedia(...source('sine=f=880:d=1'), folder.file('sound.mp3'));
	await writeFile(folder.file('subtitles.srt'), '1\n00:00:00,500 --> 00:00:01,500\nHello\n');
	worker = await startTestWorker({ RUNPOD_MAX_TIMEOUT: '20', RUNPOD_ENDPOINT_ID: 'abc123' });
});
afterAll(async () => {
	await worker.stop();
	await files[Symbol.asyncDispose]();
	folder[Symbol.dispose]();
});

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const execution = {
	startTime: expect.stringMatching(ISO),
	endTime: expect.stringMatching(ISO),
	durationMs: expect.any(Number),
	durationSeconds: expect.any(Number),
};

const stats = {
	jobId: expect.stringMatching(/^[0-9a-f-]{36}$/),
	delayTime: expect.any(Number),
	executionTime: expect.any(Number),
};

const FOLDER = 'Project Name/Video Title/videos/';

test('caption answers exactly the older body; the folder is kept and percent-encoded in the URL', async () => {
	const { status, body } = await worker.call('POST', '/video/caption', {
		body: {
			url_video: `${files.url}/video.mp4`,
			url_srt: `${files.url}/subtitles.srt`,
			path: FOLDER,
			output_filename: 'final cut.mp4',
		},
	});
	expect(status).toBe(200);
	expect(body).toEqual({
		code: 200,
		message: 'Video caption completed and uploaded to S3 successfully',
		video_url: expect.stringContaining('/Project%20Name/Video%20Title/videos/final%20cut.mp4'),
		execution,
		stats,
	});
	expect((await fetch(body['video_url'] as string)).status).toBe(200);
});

test('img2vid answers the videos in order with their ids', async () => {
	const images = ['b', 7].map((id) => ({ id, image_url: `${files.url}/image.png`, duracao: 0.2 }));
	const { body } = await worker.call('POST', '/video/img2vid', { body: { images, path: FOLDER } });
	expect(body).toEqual({
		code: 200,
		message: 'Images converted to videos and uploaded to S3 successfully',
		videos: [
			{
				id: 'b',
				video_url: expect.stringContaining('/videos/video_1.mp4'),
				filename: 'video_1.mp4',
			},
			{ id: 7, video_url: expect.stringContaining('/videos/video_2.mp4'), filename: 'video_2.mp4' },
		],
		execution,
		stats: { ...stats, total: 2, processed: 2 },
	});
});

test('addaudio answers the older body, and the job can be looked up', async () => {
	const { body } = await worker.call<{ stats: { jobId: string } }>('POST', '/video/addaudio', {
		body: {
			url_video: `${files.url}/video.mp4`,
			url_audio: `${files.url}/sound.mp3`,
			path: FOLDER,
			output_filename: 'sound.mp4',
		},
	});
	expect(body).toMatchObject({
		code: 200,
		message: 'Video addaudio completed and uploaded to S3 successfully',
		execution,
		stats,
	});
	const job = await worker.call('GET', `/job/${body.stats.jobId}`);
	expect(job.body).toMatchObject({
		code: 200,
		jobId: body.stats.jobId,
		status: 'COMPLETED',
		progress: 100,
	});
});

test('errors are {code, message} with the HTTP status', async () => {
	const image = { id: 1, image_url: `${files.url}/image.png`, duracao: 1 };
	const wrong = [
		['/video/caption', { url_video: 'http://a/b' }, 400, 'url_srt: is required'],
		['/video/img2vid', { images: [{ ...image, duracao: 'x' }], path: '' }, 400, 'images.0.duracao'],
		[
			'/video/img2vid',
			{ images: [{ ...image, image_url: 'x' }], path: '' },
			400,
			'images.0.image_url',
		],
		['/video/img2vid', { images: [{ ...image, duracao: 0 }], path: '' }, 400, 'images.0.duracao'],
		[
			'/video/img2vid',
			{ images: [{ ...image, image_url: `${files.url}/none.png` }], path: '' },
			422,
			'none.png',
		],
	] as const;
	for (const [route, body, code, said] of wrong) {
		const answer = await worker.call<{ message: string }>('POST', route, { body });
		expect(answer).toMatchObject({
			status: code,
			body: { code, message: expect.stringContaining(said) },
		});
		expect(Object.keys(answer.body).toSorted()).toEqual(['code', 'message']);
	}
	const locked = await worker.call('POST', '/video/caption', { body: {}, key: null });
	expect(locked).toMatchObject({ status: 401, body: { code: 401, message: expect.any(String) } });
});

test('a job is cancelled through the older route, and the request that waits for it ends', async () => {
	const held = files.hold('/held.mp4', 'video.mp4');
	const request = worker.call('POST', '/video/caption', {
		body: {
			url_video: `${files.url}/held.mp4`,
			url_srt: `${files.url}/subtitles.srt`,
			path: '',
			output_filename: 'x.mp4',
		},
	});
	await held.asked;
	const running = await worker.call<{ jobs: JobView[] }>('GET', '/v1/jobs?status=running');
	const id = running.body.jobs[0]?.id;
	expect((await worker.call('GET', `/job/${id}`)).body).toMatchObject({ status: 'IN_PROGRESS' });
	expect((await worker.call('POST', `/job/${id}/cancel`)).body).toMatchObject({
		jobId: id,
		status: 'CANCELLED',
	});
	expect(await request).toMatchObject({
		status: 409,
		body: { code: 409, message: expect.stringContaining(String(id)) },
	});
	held.release();
});

test('health and config tell what they told, and never a key', async () => {
	expect((await worker.call('GET', '/runpod/health')).body).toMatchObject({
		jobs: { inQueue: 0, inProgress: 0, completed: expect.any(Number) },
		workers: { running: 0 },
	});
	expect((await worker.call('GET', '/runpod/config')).body).toEqual({
		endpointId: 'abc123',
		idleTimeout: 300,
		maxTimeout: 20,
	});
});
