import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobView } from '../../worker/src/job.ts';
import { serveFiles, type FileServer } from '../support/file-server.ts';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';
import { API_KEY, startTestWorker } from '../support/worker.ts';

const folder = temporaryFolder();
let worker: Awaited<ReturnType<typeof startTestWorker>>;
let files: FileServer;

interface Problem {
	error: { code: string; message: string; details?: Record<string, unknown> };
}

beforeAll(async () => {
	files = await serveFiles(folder.path);
	await makeMedia(
		...source('testsrc2=s=320x180:r=24:d=2'),
		...source('sine=d=2'),
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', folder.file('video.mp4')],
	);
	await makeMedia(...source('testsrc2=s=320x240'), '-frames:v', '1', folder.file('image.png'));
	await makeMedia(...source('sine=f=880:d=1'), folder.file('sound.mp3'));
	await writeFile(folder.file('subtitles.srt'), '1\n00:00:00,500 --> 00:00:01,500\nHello\n');
	worker = await startTestWorker();
});
afterAll(async () => {
	await worker.stop();
	await files[Symbol.asyncDispose]();
	folder[Symbol.dispose]();
});

const captionInput = () => ({
	video_url: `${files.url}/video.mp4`,
	subtitles_url: `${files.url}/subtitles.srt`,
});

describe('who may ask', () => {
	test('health needs no key, everything else does', async () => {
		expect((await worker.call('GET', '/health', { key: null })).body).toMatchObject({
			status: 'ok',
		});
		for (const route of ['/v1/me', '/v1/jobs', '/v1/status', '/metrics', '/runpod/config']) {
			expect((await worker.call('GET', route, { key: null })).status, route).toBe(401);
			expect((await worker.call('GET', route, { key: 'wrong' })).status, route).toBe(401);
		}
	});

	test('the key is taken as X-API-Key and as a Bearer token', async () => {
		expect((await worker.call('GET', '/v1/me')).body).toMatchObject({
			scopes: expect.arrayContaining(['jobs']),
		});
		const bearer = await worker.call('GET', '/v1/me', {
			key: null,
			headers: { authorization: `Bearer ${API_KEY}` },
		});
		expect(bearer.status).toBe(200);
	});

	test('an unknown route is 404 with a code', async () => {
		expect(await worker.call('GET', '/v2/nothing')).toMatchObject({
			status: 404,
			body: { error: { code: 'not_found' } },
		});
	});
});

describe('a request that is wrong', () => {
	const cases: [name: string, body: unknown, ...said: string[]][] = [
		[
			'a misspelt field',
			{ operation: 'caption', input: { vidoe_url: 'http://a/b' } },
			'input.vidoe_url',
			'input.video_url: is required',
		],
		['a missing input', { operation: 'caption' }, 'input'],
		['an unknown operation', { operation: 'explode', input: {} }, 'operation', 'img2vid'],
		[
			'an unknown field beside the input',
			{ operation: 'caption', input: {}, wehbook: {} },
			'wehbook',
		],
		[
			'two sources of subtitles',
			{
				operation: 'caption',
				input: { video_url: 'http://a/b', subtitles: 'x', subtitles_url: 'http://a/c' },
			},
			'exactly one of',
		],
		[
			'a file URL',
			{
				operation: 'addaudio',
				input: { video_url: 'file:///etc/passwd', audio_url: 'http://a/b' },
			},
			'input.video_url',
			'http',
		],
		[
			'an odd width',
			{
				operation: 'img2vid',
				input: { images: [{ id: 1, image_url: 'http://a/b', duration: 1 }], width: 333 },
			},
			'input.width',
			'even',
		],
		['no images', { operation: 'img2vid', input: { images: [] } }, 'input.images'],
		[
			'a field wrong in the second image',
			{
				operation: 'img2vid',
				input: {
					images: [
						{ id: 1, image_url: 'http://a/b', duration: 1 },
						{ id: 2, image_url: 'http://a/b', duration: '4' },
					],
				},
			},
			'input.images.1.duration',
			'number',
		],
		[
			'a path that climbs',
			{
				operation: 'caption',
				input: { video_url: 'http://a/b', subtitles: 'x', path: 'a/../../b' },
			},
			'input.path',
		],
	];
	test.each(cases)('%s → 400 naming it', async (_name, body, ...said) => {
		const answer = await worker.call<Problem>('POST', '/v1/jobs', { body });
		expect(answer.status).toBe(400);
		expect(answer.body.error.code).toBe('invalid_request');
		for (const part of said) expect(answer.body.error.message).toContain(part);
	});

	test('a body that is not JSON → 400', async () => {
		const response = await fetch(`${worker.url}/v1/jobs`, {
			method: 'POST',
			headers: { 'x-api-key': API_KEY, 'content-type': 'application/json' },
			body: '{"operation":',
		});
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
	});
});

describe('a job', () => {
	test('caption runs to its end; the result is complete and its link works', async () => {
		const submitted = await worker.submit('caption', captionInput(), { metadata: { row: 7 } });
		expect(submitted).toMatchObject({ operation: 'caption', attempt: 1, metadata: { row: 7 } });
		const job = await worker.end(submitted.id);
		expect(job).toMatchObject({
			status: 'succeeded',
			error: null,
			progress: { percent: 100, stage: 'done' },
		});
		expect(job.result).toMatchObject({
			encoder: 'libx264',
			cues: 1,
			width: 320,
			height: 180,
			warnings: [],
		});
		expect(job.result?.['timings']).toMatchObject({
			total_ms: expect.any(Number),
			encode_ms: expect.any(Number),
		});
		const video = await fetch(job.result?.['video_url'] as string);
		expect(video.headers.get('content-type')).toBe('video/mp4');
		expect((await video.arrayBuffer()).byteLength).toBeGreaterThan(1000);
		expect(await worker.workFolder()).toEqual([]);
	});

	test("one job's result is the next one's input, by its link", async () => {
		const images = [{ id: 'a', image_url: `${files.url}/image.png`, duration: 0.5 }];
		const clip = await worker.end(
			(await worker.submit('img2vid', { images, width: 160, height: 90 })).id,
		);
		const [video] = clip.result?.['videos'] as { video_url: string; id: string }[];
		expect(video?.id).toBe('a');
		const before = files.requests.length;
		const joined = await worker.submit('addaudio', {
			video_url: video?.video_url,
			audio_url: `${files.url}/sound.mp3`,
		});
		expect(await worker.end(joined.id)).toMatchObject({
			status: 'succeeded',
			result: { audio_codec: 'aac', encoder: 'copy' },
		});
		expect(files.requests.slice(before)).toEqual(['/sound.mp3']);
	});

	test('unknown ids are 404, malformed ones 400', async () => {
		const id = '00000000-0000-4000-8000-000000000000';
		expect((await worker.call('GET', `/v1/jobs/${id}`)).status).toBe(404);
		expect((await worker.call('POST', `/v1/jobs/${id}/cancel`)).status).toBe(404);
		expect((await worker.call('GET', '/v1/jobs/abc')).status).toBe(400);
	});

	test('listing goes page by page, newest first, and filters', async () => {
		const all = await worker.call<{ jobs: JobView[] }>('GET', '/v1/jobs?limit=100');
		const first = await worker.call<{ jobs: JobView[]; next: string }>('GET', '/v1/jobs?limit=1');
		const second = await worker.call<{ jobs: JobView[] }>(
			'GET',
			`/v1/jobs?limit=1&cursor=${first.body.next}`,
		);
		expect([first.body.jobs[0]?.id, second.body.jobs[0]?.id]).toEqual(
			all.body.jobs.slice(0, 2).map(({ id }) => id),
		);
		const captions = await worker.call<{ jobs: JobView[] }>(
			'GET',
			'/v1/jobs?operation=caption&status=succeeded',
		);
		expect(captions.body.jobs.length).toBeGreaterThan(0);
		expect(new Set(captions.body.jobs.map(({ operation }) => operation))).toEqual(
			new Set(['caption']),
		);
	});
});

describe('an idempotency key', () => {
	const submit = (key: string, input: unknown) =>
		worker.call<JobView & Problem>('POST', '/v1/jobs', {
			body: { operation: 'caption', input },
			headers: { 'idempotency-key': key },
		});

	test('gives one job to any number of equal requests, also at once', async () => {
		const answers = await Promise.all(
			Array.from({ length: 8 }, () => submit('same', captionInput())),
		);
		expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
	});

	test('refuses another body', async () => {
		const other = await submit('same', { ...captionInput(), mode: 'soft' });
		expect(other).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
	});

	test('makes a new job when the known one failed', async () => {
		const input = { ...captionInput(), video_url: `${files.url}/missing.mp4` };
		const first = await submit('failing', input);
		expect(await worker.end(first.body.id)).toMatchObject({
			status: 'failed',
			error: { code: 'input_not_found' },
		});
		const second = await submit('failing', input);
		expect(second.body.id).not.toBe(first.body.id);
	});
});

describe('waiting and stopping', () => {
	test('the bulk long poll answers as soon as any of the jobs ends', async () => {
		const held = files.hold('/held-bulk.mp4', 'video.mp4');
		const slow = await worker.submit('caption', {
			...captionInput(),
			video_url: `${files.url}/held-bulk.mp4`,
		});
		await held.asked;
		const quick = await worker.submit('caption', captionInput());
		const { body } = await worker.call<{ jobs: JobView[] }>(
			'GET',
			`/v1/jobs?ids=${slow.id},${quick.id}&wait=20`,
		);
		expect(body.jobs.map(({ status }) => status)).toEqual(['running', 'succeeded']);
		held.release();
		expect((await worker.end(slow.id)).status).toBe('succeeded');
	});

	test('a running job is cancelled at once, and its folder is gone', async () => {
		const held = files.hold('/held-cancel.mp4', 'video.mp4');
		const job = await worker.submit('caption', {
			...captionInput(),
			video_url: `${files.url}/held-cancel.mp4`,
		});
		await held.asked;
		const cancelled = await worker.call<JobView>('POST', `/v1/jobs/${job.id}/cancel`);
		expect(cancelled.body).toMatchObject({ status: 'cancelled', error: { code: 'cancelled' } });
		expect((await worker.call('POST', `/v1/jobs/${job.id}/cancel`)).status).toBe(200);
		await expect.poll(() => worker.workFolder(), { timeout: 2000, interval: 20 }).toEqual([]);
		held.release();
	});

	test('progress comes as events, and the last one is the end', async () => {
		const held = files.hold('/held-events.mp4', 'video.mp4');
		const job = await worker.submit('caption', {
			...captionInput(),
			video_url: `${files.url}/held-events.mp4`,
		});
		await held.asked;
		const stream = await fetch(`${worker.url}/v1/jobs/${job.id}/events`, {
			headers: { 'x-api-key': API_KEY },
		});
		const began = Date.now();
		let text = '';
		let firstNews = 0;
		for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
			text += Buffer.from(chunk).toString();
			if (text.match(/event: progress/g)?.length === 3 && firstNews === 0) {
				firstNews = Date.now() - began;
				held.release();
			}
		}
		const events = [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, name, data]) => ({
			name,
			view: JSON.parse(data ?? '') as JobView,
		}));
		expect(events.at(-1)).toMatchObject({ name: 'end', view: { status: 'succeeded' } });
		expect(events.slice(0, -1).every(({ name }) => name === 'progress')).toBe(true);
		// Nothing moved while the download was held, and yet news came every second.
		expect(firstNews).toBeLessThan(4000);
		const percents = events.map(({ view }) => view.progress.percent);
		expect(percents).toEqual(percents.toSorted((a, b) => a - b));
	});

	test('only a failed job can be retried, and it keeps its id', async () => {
		let there = false;
		files.on('/later.srt', (_request, response) => {
			if (there) response.end('1\n00:00:00,500 --> 00:00:01,500\nHello\n');
			else response.writeHead(404).end();
		});
		const { id } = await worker.submit('caption', {
			...captionInput(),
			subtitles_url: `${files.url}/later.srt`,
		});
		expect((await worker.end(id)).status).toBe('failed');
		there = true;
		expect((await worker.call<JobView>('POST', `/v1/jobs/${id}/retry`)).body).toMatchObject({
			id,
			error: null,
		});
		expect(await worker.end(id)).toMatchObject({ status: 'succeeded', attempt: 2 });
		expect((await worker.call('POST', `/v1/jobs/${id}/retry`)).status).toBe(409);
	});
});

describe('files', () => {
	test('an uploaded file is an input, and the link of the result serves ranges', async () => {
		const upload = await fetch(`${worker.url}/v1/files/my%20words.srt`, {
			method: 'PUT',
			headers: { 'x-api-key': API_KEY, 'content-type': 'text/plain' },
			body: '1\n00:00:00,000 --> 00:00:01,000\nUploaded\n',
		});
		expect(upload.status).toBe(201);
		const { url } = (await upload.json()) as { url: string };
		expect(url).toMatch(/^upload:\/\//);
		const job = await worker.end(
			(await worker.submit('caption', { ...captionInput(), subtitles_url: url })).id,
		);
		const link = job.result?.['video_url'] as string;
		const whole = Buffer.from(await (await fetch(link)).arrayBuffer());
		const part = await fetch(link, { headers: { range: 'bytes=100-199' } });
		expect(part.status).toBe(206);
		expect(part.headers.get('content-range')).toBe(`bytes 100-199/${whole.length}`);
		expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(100, 200));
		const beyond = await fetch(link, { headers: { range: `bytes=${whole.length}-` } });
		expect(beyond.status).toBe(416);
		const head = await fetch(link, { method: 'HEAD' });
		expect(head.headers.get('content-length')).toBe(String(whole.length));
	});

	test('a link with another signature, or none, is refused without a key being asked for', async () => {
		const { result } = await worker.end(
			(await worker.submit('caption', { ...captionInput(), mode: 'soft' })).id,
		);
		const link = new URL(result?.['video_url'] as string);
		link.searchParams.set('signature', 'x'.repeat(43));
		expect((await fetch(link)).status).toBe(403);
		link.search = '';
		expect((await fetch(link)).status).toBe(403);
		expect((await fetch(`${worker.url}/files/../api-key`)).status).toBe(404);
		expect((await fetch(`${worker.url}/files/%2e%2e%2fworker-id`)).status).toBeGreaterThanOrEqual(
			400,
		);
	});
});

describe('facts about the worker', () => {
	test('status names the encoder and tells why the GPU is not used', async () => {
		const { body } = await worker.call('GET', '/v1/status');
		expect(body).toMatchObject({
			encoders: [{ name: 'libx264' }],
			gpu: { usable: false, reason: expect.stringMatching(/\w/) },
			storage: { kind: 'local', ok: true },
			database: 'embedded',
		});
	});

	test('metrics count jobs, and the documentation describes every operation', async () => {
		const metrics = await worker.call<{ text: string }>('GET', '/metrics');
		expect(metrics.body.text).toMatch(
			/gpu_media_job_attempts_total\{operation="caption",outcome="succeeded"\} [1-9]/,
		);
		const { body } = await worker.call<{ paths: Record<string, unknown> }>('GET', '/openapi.json', {
			key: null,
		});
		expect(Object.keys(body.paths)).toEqual(
			expect.arrayContaining(['/v1/jobs', '/v1/jobs/{id}', '/v1/files/{name}', '/video/caption']),
		);
		expect((await worker.call('GET', '/docs', { key: null })).status).toBe(200);
	});
});
