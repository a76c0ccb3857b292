import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeWorker, succeed } from './support/fake-worker.ts';
import { caption, captionOf, runNode, videos } from './support/run.ts';

let worker: FakeWorker;
beforeEach(async () => {
	worker = await FakeWorker.start();
});
afterEach(async () => await worker.close());

describe('the idempotency key', () => {
	const keys = () => worker.submissions.map(({ headers }) => headers['idempotency-key']);
	const run = (setup: { executionId?: string; runIndex?: number; options?: object }) =>
		runNode(caption, {
			baseUrl: worker.url,
			items: videos(1),
			parameters: captionOf({ ...setup.options }),
			...setup,
		});
	beforeEach(() => {
		worker.ending = () => succeed({ video_url: 'made' });
	});

	it('is the same when n8n runs the node again, so the job is not made twice', async () => {
		const [[first], [second]] = [await run({}), await run({})];
		expect(new Set(keys()).size).toBe(1);
		expect(worker.jobs.size).toBe(1);
		expect(second?.json.job_id).toBe(first?.json.job_id);
	});

	it('differs in another execution, another round of a loop and with other parameters', async () => {
		await run({});
		await run({ executionId: 'execution-2' });
		await run({ runIndex: 1 });
		await run({ options: { outputFolder: 'elsewhere' } });
		expect(new Set(keys()).size).toBe(4);
	});

	it('differs between two equal items: each gets its own job', async () => {
		const items = [{ video: 'https://a.example/v.mp4' }, { video: 'https://a.example/v.mp4' }];
		const results = await runNode(caption, { baseUrl: worker.url, items, parameters: captionOf() });
		expect(new Set(keys()).size).toBe(2);
		expect(new Set(results.map(({ json }) => json.job_id)).size).toBe(2);
	});
});
