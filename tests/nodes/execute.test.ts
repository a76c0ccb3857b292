import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AddAudio } from '../../nodes/AddAudio/AddAudio.node.ts';
import { fail, FakeWorker, succeed } from './support/fake-worker.ts';
import { caption, captionOf, errorOf, runNode, videos } from './support/run.ts';

let worker: FakeWorker;
beforeEach(async () => {
	worker = await FakeWorker.start();
});
afterEach(async () => await worker.close());

const resultOf = (video: unknown) =>
	succeed({ video_url: `made from ${String(video)}`, encoder: 'libx264' });

/** Ends the jobs in the reverse order of their submission, once all of them are there. */
function endInReverse(count: number): void {
	worker.onSubmit = () => {
		if (worker.jobs.size < count) return;
		for (const job of [...worker.jobs.values()].reverse()) {
			const { body } = worker.submissions.find(
				({ body: { metadata } }) => metadata?.item === job.metadata?.item,
			)!;
			worker.end(job.id, resultOf(body.input.video_url));
		}
	};
}

describe('a run', () => {
	it('keeps the order of the input, whatever order the jobs end in, and pairs the items', async () => {
		endInReverse(6);
		const items = await runNode(caption, {
			baseUrl: worker.url,
			items: videos(6),
			parameters: captionOf(),
		});
		expect(items.map(({ json }) => json.video_url)).toEqual(
			videos(6).map(({ video }) => `made from ${video}`),
		);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3, 4, 5].map((item) => ({ item })),
		);
		expect(items.map(({ json }) => json.job_id).sort()).toEqual([...worker.jobs.keys()].sort());
		expect(items.every(({ json, error }) => !('error' in json) && error === undefined)).toBe(true);
	});

	it('submits every item before any job has ended', async () => {
		endInReverse(9);
		await runNode(caption, { baseUrl: worker.url, items: videos(9), parameters: captionOf() });
		const firstPoll = worker.requests.findIndex(({ method }) => method === 'GET');
		expect(worker.requests.slice(0, firstPoll).length).toBe(9);
	});

	it('passes on everything the worker answers', async () => {
		const result = {
			video_url: 'u',
			filename: 'f.mp4',
			duration_seconds: 2,
			encoder: 'copy',
			timings: { total_ms: 5 },
		};
		worker.ending = () => succeed(result);
		const parameters = () => ({
			videoUrl: 'https://a.example/v.mp4',
			audioUrl: 'https://a.example/a.mp3',
		});
		const [item] = await runNode(new AddAudio(), { baseUrl: worker.url, parameters });
		expect(item?.json).toEqual({ ...result, job_id: [...worker.jobs.keys()][0] });
		expect(worker.submissions[0]?.body.operation).toBe('addaudio');
	});

	it('sends nothing when there are no items', async () => {
		expect(
			await runNode(caption, { baseUrl: worker.url, items: [], parameters: captionOf() }),
		).toEqual([]);
		expect(worker.requests).toEqual([]);
	});

	it('waits for more jobs than one poll takes', async () => {
		endInReverse(130);
		const items = await runNode(caption, {
			baseUrl: worker.url,
			items: videos(130),
			parameters: captionOf(),
		});
		expect(items.map(({ json }) => json.video_url)).toEqual(
			videos(130).map(({ video }) => `made from ${video}`),
		);
		const polled = worker
			.of('GET', /jobs$/)
			.map(({ query }) => query.get('ids')?.split(',').length ?? 0);
		expect(Math.max(...polled)).toBe(100);
		expect(polled.reduce((sum, count) => sum + count)).toBe(130);
	});

	it('tells the worker where the jobs come from', async () => {
		worker.ending = () => resultOf('x');
		await runNode(caption, {
			baseUrl: `${worker.url}//`,
			items: videos(1),
			parameters: captionOf(),
		});
		expect(worker.submissions[0]?.body.metadata).toEqual({
			source: 'n8n',
			workflow_id: 'workflow-1',
			execution_id: 'execution-1',
			node: 'The node',
			item: 0,
		});
	});
});

describe('one job of three that does not succeed', () => {
	const message = 'The video was not found at https://example.com/1.mp4.';
	beforeEach(() => {
		worker.ending = ({ input }) =>
			input.video_url === 'https://example.com/1.mp4'
				? fail('input_not_found', message)
				: resultOf(input.video_url);
	});

	it('ends the run with the message, the job, the item and what to do', async () => {
		const error = await errorOf(
			runNode(caption, { baseUrl: worker.url, items: videos(3), parameters: captionOf() }),
		);
		const failed = [...worker.jobs.values()].find(({ status }) => status === 'failed')!;
		expect(error.message).toBe(`${message.slice(0, -1)} (job ${failed.id})`);
		expect(error.description).toContain('Open the URL in a private browser window');
		expect(error.context.itemIndex).toBe(1);
	});

	it('becomes an item of its own when the node continues on fail', async () => {
		const items = await runNode(caption, {
			baseUrl: worker.url,
			items: videos(3),
			parameters: captionOf(),
			continueOnFail: true,
		});
		const failed = [...worker.jobs.values()].find(({ status }) => status === 'failed')!;
		expect(items.map(({ json }) => json.video_url !== undefined)).toEqual([true, false, true]);
		expect(items[1]).toMatchObject({
			json: { error: `${message.slice(0, -1)} (job ${failed.id})`, job_id: failed.id },
			error: { name: 'NodeOperationError', context: { itemIndex: 1 } },
			pairedItem: { item: 1 },
		});
	});

	it('keeps the words of the worker even if they look like a system error', async () => {
		worker.ending = () => fail('input_unsupported', 'approvePermissions.mp4 is no video (ENOENT)');
		const error = await errorOf(
			runNode(caption, { baseUrl: worker.url, items: videos(1), parameters: captionOf() }),
		);
		expect(error.message).toMatch(/^approvePermissions\.mp4 is no video \(ENOENT\) \(job /);
	});

	it('cancels the jobs nobody will collect', async () => {
		worker.ending = ({ input }) =>
			input.video_url === 'https://example.com/1.mp4' ? fail('encode_failed', message) : undefined;
		const error = await errorOf(
			runNode(caption, { baseUrl: worker.url, items: videos(3), parameters: captionOf() }),
		);
		const unfinished = [...worker.jobs.values()].filter(({ status }) => status === 'cancelled');
		expect(worker.cancelledIds.sort()).toEqual(unfinished.map(({ id }) => id).sort());
		for (const { id } of unfinished) expect(error.description).toContain(id);
		expect([...worker.jobs.values()].every(({ status }) => status !== 'queued')).toBe(true);
	});
});

describe('parameters that cannot be used', () => {
	const items = [...videos(1), { video: '' }, { video: 'not a url' }];

	it('end the run before anything is submitted', async () => {
		const error = await errorOf(
			runNode(caption, { baseUrl: worker.url, items, parameters: captionOf() }),
		);
		expect(error.message).toBe('"Video URL" is empty');
		expect(error.context.itemIndex).toBe(1);
		expect(worker.requests).toEqual([]);
	});

	it('cost only their own items when the node continues on fail', async () => {
		worker.ending = ({ input }) => resultOf(input.video_url);
		const results = await runNode(caption, {
			baseUrl: worker.url,
			items,
			parameters: captionOf(),
			continueOnFail: true,
		});
		expect(results.map(({ json }) => json.error ?? json.video_url)).toEqual([
			'made from https://example.com/0.mp4',
			'"Video URL" is empty',
			'"Video URL" is not a URL',
		]);
		expect(results.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
	});
});

describe('the end of the wait', () => {
	const parameters = captionOf({ timeout: 0.02 });

	it('names the job, which goes on', async () => {
		const error = await errorOf(
			runNode(caption, { baseUrl: worker.url, items: videos(1), parameters }),
		);
		const [job] = worker.jobs.values();
		expect(error.message).toBe(`The job did not finish within 0.02 minutes (job ${job?.id})`);
		expect(error.description).toContain('was not cancelled');
		expect(worker.cancelledIds).toEqual([]);
		expect(job?.status).toBe('queued');
	});

	it('keeps what has ended when the node continues on fail', async () => {
		worker.ending = ({ input }) =>
			input.video_url === 'https://example.com/0.mp4' ? undefined : resultOf(input.video_url);
		const items = await runNode(caption, {
			baseUrl: worker.url,
			items: videos(2),
			parameters,
			continueOnFail: true,
		});
		expect(items[0]?.json.error).toMatch(/did not finish/);
		expect(items[1]?.json.video_url).toBe('made from https://example.com/1.mp4');
	});

	it('is refused when it makes no sense', async () => {
		const setup = { baseUrl: worker.url, items: videos(1), parameters: captionOf({ timeout: 0 }) };
		expect((await errorOf(runNode(caption, setup))).message).toMatch(
			/^"Timeout \(Minutes\)" must be/,
		);
	});
});
