import { afterAll, beforeAll, expect, test } from 'vitest';
import { colourOf, differences, meanVolume, pictureAt, probe } from './support/look.ts';
import {
	CLIP_SECONDS,
	PICTURE_TOLERANCE,
	PLAIN_CUE_TIMES,
	SCENES,
	SOUND_TOLERANCE,
} from './support/media.ts';
import type { Execution } from './support/n8n-api.ts';
import { Stage } from './support/stage.ts';
import { example, itemsOf, withNode } from './support/workflow.ts';

let stage: Stage;
let execution: Execution;

/** Seconds into a result: within the shortest narration, and past any fade of the first frame. */
const CUE_TIME = 0.5;

/** Softer than this (dB) nobody hears a narrator; espeak-ng is about -20. */
const AUDIBLE = -40;

beforeAll(async () => {
	stage = await Stage.set();
	const scenes = SCENES.map((scene) => ({
		image_url: stage.media.url(scene.image),
		narration_url: stage.media.url(scene.narration),
		duration: CLIP_SECONDS,
		caption: scene.caption,
	}));
	const workflow = withNode(await example('narrated-captioned-video.json'), 'Scenes', {
		parameters: { jsonOutput: JSON.stringify({ scenes }) },
	});
	const id = await stage.n8n.importWorkflow(workflow, stage.worker.credential);
	execution = await stage.n8n.untilEnded(await stage.n8n.run(id, 'Start'));
});

afterAll(() => stage?.[Symbol.asyncDispose]());

const urlsOf = (node: string) =>
	itemsOf(execution.runData, node).map(({ json }) => String(json.video_url));

test.each(['narrated-captioned-video.json', 'caption-a-video.json'])(
	'%s can be given to anybody: no credential, no data, no address but placeholders',
	async (file) => {
		const workflow = await example(file);
		const text = JSON.stringify(workflow);
		expect(workflow.nodes.filter((node) => 'credentials' in node)).toEqual([]);
		expect(workflow).toMatchObject({ pinData: {} });
		const hosts = [...text.matchAll(/https?:\/\/([^/"\s]+)/g)].map((match) => match[1]);
		expect(hosts.filter((host) => host !== 'example.com' && host !== 'your-n8n')).toEqual([]);
	},
);

test('the workflow of examples/ runs to its end, one item for each scene', () => {
	expect(execution.error?.message).toBeUndefined();
	expect(execution.status).toBe('success');
	for (const node of ['Animate Images', 'Add Narration', 'Burn In Captions']) {
		const items = itemsOf(execution.runData, node);
		expect(items.map((item) => item.pairedItem)).toMatchObject([
			{ item: 0 },
			{ item: 1 },
			{ item: 2 },
		]);
		for (const { json } of items) {
			expect(json.job_id).toMatch(/^[0-9a-f-]{36}$/);
			expect(json.duration_seconds).toBeGreaterThan(0);
			expect(json.encoder).toBeTypeOf('string');
		}
	}
});

test('the clips are silent, of the set length, and in the order of their images', async () => {
	const clips = urlsOf('Animate Images');
	for (const [index, scene] of SCENES.entries()) {
		const clip = await probe(clips[index]!);
		expect(clip.video).toMatchObject({
			codec_name: 'h264',
			pix_fmt: 'yuv420p',
			width: 1920,
			height: 1080,
		});
		expect(clip.audio).toBeUndefined();
		expect(clip.seconds).toBeCloseTo(CLIP_SECONDS, 1);
		expect(colourOf(await pictureAt(clips[index]!, CUE_TIME))).toBe(scene.colour);
	}
});

test('each finished video is H.264 with its own narration', async () => {
	const finished = urlsOf('Burn In Captions');
	expect(finished).toHaveLength(SCENES.length);
	for (const [index, scene] of SCENES.entries()) {
		const video = await probe(finished[index]!);
		expect(video.video).toMatchObject({
			codec_name: 'h264',
			pix_fmt: 'yuv420p',
			width: 1920,
			height: 1080,
		});
		expect(video.audio).toMatchObject({ codec_name: 'aac' });
		expect(Math.abs(Number(video.audio?.duration) - scene.seconds)).toBeLessThan(SOUND_TOLERANCE);
		expect(Math.abs(video.seconds - scene.seconds)).toBeLessThan(PICTURE_TOLERANCE);
		expect(await meanVolume(finished[index]!)).toBeGreaterThan(AUDIBLE);
		expect(colourOf(await pictureAt(finished[index]!, CUE_TIME))).toBe(scene.colour);
	}
});

test('each finished video shows its own caption, and nothing else has changed', async () => {
	const [before, after] = [urlsOf('Add Narration'), urlsOf('Burn In Captions')];
	const widths: number[] = [];
	for (const index of SCENES.keys()) {
		const pictures = [
			pictureAt(before[index]!, CUE_TIME),
			pictureAt(after[index]!, CUE_TIME),
		] as const;
		const found = differences(...(await Promise.all(pictures)));
		expect(found.upper).toBe(0);
		expect(found.lower).toBeGreaterThan(50);
		widths.push(found.width);
	}
	expect(widths).toEqual([...widths].sort((a, b) => a - b));
	expect(new Set(widths).size).toBe(SCENES.length);
});

test('the other example answers a web call with the captioned video, its captions on time', async () => {
	const workflow = await example('caption-a-video.json');
	const id = await stage.n8n.importWorkflow(workflow, stage.worker.credential);
	await stage.n8n.activate(id);
	const plain = stage.media.url('plain.mp4');
	const answer = await stage.n8n.callWebhook('caption-a-video', {
		video_url: plain,
		subtitles_url: stage.media.url('plain.srt'),
	});
	expect(answer).toMatchObject({ video_url: expect.stringMatching(/^http/), cues: 1 });
	const captioned = String(answer.video_url);
	const [during, later] = PLAIN_CUE_TIMES;
	const changed = async (seconds: number) =>
		differences(await pictureAt(plain, seconds), await pictureAt(captioned, seconds));
	expect((await changed(during)).lower).toBeGreaterThan(50);
	expect(await changed(later)).toMatchObject({ upper: 0, lower: 0 });
});
