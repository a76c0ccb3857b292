import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeContext } from './support/execute-context.ts';
import { cut, FakeWorker } from './support/fake-worker.ts';
import { caption, captionOf, errorOf, runInContext, videos } from './support/run.ts';

let worker: FakeWorker;
beforeEach(async () => {
	worker = await FakeWorker.start();
});
afterEach(async () => await worker.close());

function startRun(
	options: { cancelOnStop?: boolean; continueOnFail?: boolean; count?: number } = {},
) {
	const { count = 3, continueOnFail = false, ...parameters } = options;
	const execution = new AbortController();
	const { ctx, sentBy } = fakeContext({
		baseUrl: worker.url,
		items: videos(count),
		parameters: captionOf(parameters),
		continueOnFail,
		signal: execution.signal,
	});
	return { execution, sentBy, run: () => errorOf(runInContext(caption, ctx)) };
}

/** Resolves with the first poll, which is when the node has submitted everything and waits. */
const waiting = () =>
	new Promise<void>((resolve) => {
		worker.next('GET', () => {
			resolve();
			return false;
		});
	});

describe('stopping the execution', () => {
	it('cancels every unfinished job by requests that n8n cannot abort', async () => {
		const { execution, sentBy, run } = startRun();
		const polled = waiting();
		const failed = run();
		await polled;
		execution.abort();
		const error = await failed;
		expect(error.message).toBe('The execution was stopped');
		expect(worker.cancelledIds.sort()).toEqual([...worker.jobs.keys()].sort());
		expect([...worker.jobs.values()].map(({ status }) => status)).toEqual(
			Array(3).fill('cancelled'),
		);
		for (const id of worker.jobs.keys()) expect(error.description).toContain(id);
		expect(
			sentBy.filter(({ method }) => method === 'POST').some(({ abortable }) => abortable),
		).toBe(false);
		expect(
			sentBy.filter(({ method }) => method === 'GET').every(({ abortable }) => abortable),
		).toBe(true);
	});

	it('cancels a job although the first request to do so is cut', async () => {
		const { execution, run } = startRun({ count: 1 });
		const polled = waiting();
		const failed = run();
		await polled;
		worker.next('POST', cut);
		execution.abort();
		await failed;
		expect([...worker.jobs.values()].map(({ status }) => status)).toEqual(['cancelled']);
	});

	it('also cancels a job that was being submitted at that moment', async () => {
		const { execution, run } = startRun({ count: 12 });
		worker.onSubmit = () => execution.abort();
		const error = await run();
		expect(error.message).toBe('The execution was stopped');
		expect(worker.submissions.length).toBeLessThanOrEqual(4);
		expect(worker.jobs.size).toBe(worker.submissions.length);
		expect([...worker.jobs.values()].every(({ status }) => status === 'cancelled')).toBe(true);
	});

	it('is no failure to continue on', async () => {
		const { execution, run } = startRun({ continueOnFail: true });
		worker.onSubmit = () => execution.abort();
		expect((await run()).message).toBe('The execution was stopped');
	});

	it('leaves the jobs alone when the user wants it so, and names them', async () => {
		const { execution, run } = startRun({ cancelOnStop: false });
		const polled = waiting();
		const failed = run();
		await polled;
		execution.abort();
		const error = await failed;
		expect(worker.cancelledIds).toEqual([]);
		for (const id of worker.jobs.keys()) expect(error.description).toContain(id);
	});

	it('sends nothing at all when n8n runs the node again after the stop', async () => {
		const { execution, run } = startRun();
		execution.abort();
		expect((await run()).message).toBe('The execution was stopped');
		expect(worker.requests).toEqual([]);
	});
});
