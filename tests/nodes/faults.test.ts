import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectWorker } from '../../nodes/shared/transport.ts';
import { fakeContext } from './support/execute-context.ts';
import {
	answerWith,
	cut,
	cutAnswer,
	FakeWorker,
	type Fault,
	problem,
	succeed,
} from './support/fake-worker.ts';
import { caption, captionOf, errorOf, runNode, videos } from './support/run.ts';

let worker: FakeWorker;
beforeEach(async () => {
	worker = await FakeWorker.start();
	worker.ending = () => succeed({ video_url: 'made' });
});
afterEach(async () => await worker.close());

const run = (
	setup: { continueOnFail?: boolean; apiKey?: string; baseUrl?: string; count?: number } = {},
) =>
	runNode(caption, {
		baseUrl: worker.url,
		items: videos(setup.count ?? 1),
		parameters: captionOf(),
		...setup,
	});

const busy = (status: number, seconds: number): Fault =>
	answerWith(status, problem('unavailable', 'Busy'), { 'retry-after': String(seconds) });

describe('a submission', () => {
	it('is repeated with the same key after cut connections, and makes one job', async () => {
		worker.next('POST', cut);
		worker.next('POST', cutAnswer);
		const [item] = await run();
		expect(item?.json.video_url).toBe('made');
		expect(worker.submissions.length).toBe(3);
		const keys = worker.submissions.map(({ headers }) => headers['idempotency-key']);
		expect(new Set(keys).size).toBe(1);
		expect(worker.jobs.size).toBe(1);
	});

	it.each([429, 503])('waits as long as the answer %i asks for', async (status) => {
		worker.next('POST', busy(status, 2));
		const began = Date.now();
		await run();
		expect(Date.now() - began).toBeGreaterThanOrEqual(2000);
		expect(worker.submissions.length).toBe(2);
	});

	it('is not repeated when the worker refuses the input', async () => {
		worker.next('POST', answerWith(400, problem('invalid_request', 'input.path: is wrong.')));
		const error = await errorOf(run());
		expect(error.message).toBe('input.path: is wrong');
		expect(worker.requests.length).toBe(1);
	});

	it('that the worker refuses does not cost the other items', async () => {
		worker.next('POST', answerWith(400, problem('invalid_request', 'input.path: is wrong')));
		const items = await run({ continueOnFail: true, count: 5 });
		expect(items.filter(({ error }) => error !== undefined).length).toBe(1);
		expect(items.filter(({ json }) => json.video_url === 'made').length).toBe(4);
	});
});

describe('a worker that cannot be used', () => {
	it('with another key: says what to do about the key, at once', async () => {
		const error = await errorOf(run({ apiKey: 'wrong' }));
		expect(error.message).toBe('The worker does not accept the API key');
		expect(error.description).toContain('API Key in the credential');
		expect(worker.requests.length).toBe(1);
	});

	it('that is not running: says where it looked and how to start it', async () => {
		await worker.close();
		const error = await errorOf(run());
		expect(error.message).toBe(`The worker cannot be reached at ${worker.url}`);
		expect(error.description).toContain('npm start');
		expect(error.description).toContain('host.docker.internal');
		expect(error.context.itemIndex).toBe(0);
	});

	it('is tried once for all items, not by each', async () => {
		const items = await run({ apiKey: 'wrong', continueOnFail: true, count: 40 });
		expect(items.length).toBe(40);
		expect(items.every(({ json }) => json.error === 'The worker does not accept the API key')).toBe(
			true,
		);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(items.map((_, item) => ({ item })));
		expect(worker.requests.length).toBeLessThanOrEqual(4);
	});

	it('because the address is none', async () => {
		const error = await errorOf(run({ baseUrl: 'gpu-worker:8080' }));
		expect(error.message).toBe('The Worker URL must start with http:// or https://');
		const items = await run({ baseUrl: 'gpu-worker:8080', continueOnFail: true, count: 2 });
		expect(items.map(({ json }) => json.error)).toEqual([error.message, error.message]);
	});

	it('because something else answers there', async () => {
		worker.next('POST', answerWith(200, '<h1>Welcome</h1>', { 'content-type': 'text/html' }));
		expect((await errorOf(run())).message).toMatch(/not as a GPU Media worker does/);
	});
});

describe('a wait', () => {
	const endAll = () => {
		for (const id of worker.jobs.keys()) worker.end(id, succeed({ video_url: 'made later' }));
		return false;
	};

	beforeEach(() => {
		worker.ending = () => undefined;
	});

	it('survives a restart of the worker', async () => {
		let restarted: Promise<void> | undefined;
		worker.next('GET', () => {
			restarted = worker.close().then(() => worker.open());
			return false;
		});
		worker.next('GET', endAll);
		const items = await run({ count: 3 });
		await restarted;
		expect(items.map(({ json }) => json.video_url)).toEqual(Array(3).fill('made later'));
		expect(worker.submissions.length).toBe(3);
	});

	it.each<[string, Fault]>([
		['503 with Retry-After', busy(503, 1)],
		['502 of a proxy', answerWith(502, 'Bad gateway')],
		['404 of a proxy', answerWith(404, 'no backend')],
		['500', answerWith(500, problem('internal', 'Oops'))],
	])('survives an answer %s', async (_name, fault) => {
		worker.next('GET', fault);
		worker.next('GET', endAll);
		const [item] = await run();
		expect(item?.json.video_url).toBe('made later');
		expect(worker.of('GET', /jobs$/).length).toBe(2);
	});

	it('ends with the job named when the worker does not know it any more', async () => {
		let id = '';
		worker.onSubmit = (job) => {
			id = job.id;
			worker.jobs.delete(id);
		};
		const error = await errorOf(run());
		expect(error.message).toBe(`The worker does not know the job any more (job ${id})`);
	});

	it('gives up after its patience, names the job and does not call it failed', async () => {
		const { ctx } = fakeContext({ baseUrl: worker.url, parameters: () => ({}) });
		const patience = { newWorkerMs: 20, knownWorkerMs: 60, firstPauseMs: 10, longestPauseMs: 20 };
		const connection = await connectWorker(ctx, patience);
		const input = { video_url: 'https://a.example/v.mp4', audio_url: 'https://a.example/a.mp3' };
		const job = await connection.submit({ operation: 'addaudio', input }, 'key');
		await worker.close();
		const began = Date.now();
		const failure = await errorOf(connection.poll([job.id], 1));
		expect(failure).toMatchObject({
			failure: { transportCode: 'ECONNREFUSED' },
			baseUrl: worker.url,
		});
		expect(Date.now() - began).toBeLessThan(2000);
	});

	it('tells that the job may go on when the worker refuses to tell more', async () => {
		worker.next('GET', answerWith(401, problem('unauthorized', 'The key was changed')));
		const error = await errorOf(run());
		const [id] = worker.jobs.keys();
		expect(error.message).toBe(`The worker does not accept the API key (job ${id})`);
		expect(error.description).toMatch(/^The job may still be running/);
		expect(worker.cancelledIds).toEqual([]);
	});
});
