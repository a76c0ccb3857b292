import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Img2Vid } from '../../nodes/Img2Vid/Img2Vid.node.ts';
import { fail, FakeWorker, succeed } from './support/fake-worker.ts';
import { errorOf, runNode } from './support/run.ts';

let worker: FakeWorker;
const node = new Img2Vid();
const TIMINGS = { total_ms: 7 };

interface Sent {
	readonly id: string | number;
	readonly image_url: string;
	readonly duration: number;
}
const sentImages = (submission = 0) => worker.submissions[submission]?.body.input.images as Sent[];

beforeEach(async () => {
	worker = await FakeWorker.start();
	worker.ending = ({ input }) =>
		succeed({
			videos: (input.images as Sent[]).map(({ id, image_url, duration }, index) => ({
				id,
				video_url: `video of ${image_url}`,
				filename: `video_${index + 1}.mp4`,
				duration_seconds: duration,
				encoder: 'libx264',
			})),
			duration_seconds: 1,
			encoder: 'libx264',
			warnings: [],
			timings: TIMINGS,
		});
});
afterEach(async () => await worker.close());

const images = (count: number) =>
	Array.from({ length: count }, (_, index) => ({
		image_url: `https://a.example/${index}.png`,
		n: index + 1,
	}));

describe('images from the input items', () => {
	const parameters =
		(options: object = {}) =>
		(item: object) => ({
			imagesFrom: 'items',
			imageUrl: (item as { image_url?: string }).image_url,
			duration: (item as { n?: number }).n,
			options,
		});

	it('are one job, and one output item for each, paired with its input', async () => {
		const items = await runNode(node, {
			baseUrl: worker.url,
			items: images(5),
			parameters: parameters(),
		});
		expect(worker.submissions.length).toBe(1);
		const [jobId] = worker.jobs.keys();
		expect(items).toEqual(
			images(5).map(({ image_url, n }, item) => ({
				json: {
					id: n,
					video_url: `video of ${image_url}`,
					filename: `video_${n}.mp4`,
					duration_seconds: n,
					encoder: 'libx264',
					job_id: jobId,
					timings: TIMINGS,
					warnings: [],
				},
				pairedItem: { item },
			})),
		);
	});

	it('carry their own ids and the options of the node', async () => {
		const options = {
			imageId: 'scene',
			width: 1080,
			height: 1920,
			frameRate: 30,
			outputFolder: '/a/b',
		};
		await runNode(node, { baseUrl: worker.url, items: images(1), parameters: parameters(options) });
		expect(worker.submissions[0]?.body.input).toEqual({
			images: [{ id: 'scene', image_url: 'https://a.example/0.png', duration: 1 }],
			width: 1080,
			height: 1920,
			fps: 30,
			path: 'a/b',
		});
	});

	it('stay paired when one of them cannot be used and the node continues on fail', async () => {
		const items = await runNode(node, {
			baseUrl: worker.url,
			items: [...images(2), { image_url: '', n: 3 }, ...images(1)],
			parameters: parameters(),
			continueOnFail: true,
		});
		expect(sentImages().map(({ id }) => id)).toEqual([1, 2, 4]);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
		expect(items[2]?.json.error).toBe('"Image URL" is empty');
		expect(items[3]?.json.video_url).toBe('video of https://a.example/0.png');
	});

	it('all get the error of their job when it does not succeed', async () => {
		worker.ending = () => fail('input_not_found', 'Image 2 was not found');
		const setup = { baseUrl: worker.url, items: images(3), parameters: parameters() };
		const items = await runNode(node, { ...setup, continueOnFail: true });
		const [jobId] = worker.jobs.keys();
		expect(items.map(({ json }) => json)).toEqual(
			Array(3).fill({ error: `Image 2 was not found (job ${jobId})`, job_id: jobId }),
		);
		expect((await errorOf(runNode(node, setup))).message).toMatch(/^Image 2 was not found/);
	});

	it('are told apart in the error of their job', async () => {
		worker.ending = () => fail('input_not_found', 'Image 2: no file', { position: 2 });
		const setup = { baseUrl: worker.url, items: images(3), parameters: parameters() };
		expect((await errorOf(runNode(node, setup))).context.itemIndex).toBe(1);
	});

	it('are refused when they are more than one job takes', async () => {
		const setup = { baseUrl: worker.url, items: images(1001), parameters: parameters() };
		const error = await errorOf(
			runNode(node, { ...setup, parameters: (item) => ({ ...parameters()(item), duration: 1 }) }),
		);
		expect(error.message).toContain('gives 1001 images');
		expect(error.description).toContain('Loop Over Items');
		expect(worker.requests).toEqual([]);
	});
});

describe('images listed in the node', () => {
	const list = (entries: object[]) => () => ({
		imagesFrom: 'list',
		images: { image: entries },
		options: {},
	});
	const two = [
		{ imageUrl: 'https://a.example/one.png', duration: 2 },
		{ imageUrl: 'https://a.example/two.png', duration: 3 },
	];

	it('are one job for each input item, all videos paired with it', async () => {
		const items = await runNode(node, {
			baseUrl: worker.url,
			items: [{}, {}],
			parameters: list(two),
		});
		expect(worker.submissions.length).toBe(2);
		expect(sentImages()).toEqual([
			{ id: 1, image_url: 'https://a.example/one.png', duration: 2 },
			{ id: 2, image_url: 'https://a.example/two.png', duration: 3 },
		]);
		expect(items.map(({ json, pairedItem }) => [json.id, pairedItem])).toEqual([
			[1, { item: 0 }],
			[2, { item: 0 }],
			[1, { item: 1 }],
			[2, { item: 1 }],
		]);
	});

	it('name the entry that cannot be used', async () => {
		const run = (entries: object[]) =>
			errorOf(runNode(node, { baseUrl: worker.url, parameters: list(entries) }));
		expect((await run([])).message).toBe('"Images" is empty');
		expect((await run([two[0]!, { imageUrl: 'x', duration: 1 }])).message).toBe(
			'"Image URL 2" is not a URL',
		);
		expect((await run([{ ...two[0], duration: 0 }])).message).toMatch(
			/^"Duration \(Seconds\) 1" must be/,
		);
	});
});
