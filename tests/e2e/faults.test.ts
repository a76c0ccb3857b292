import { afterEach, beforeEach, expect, test } from 'vitest';
import { probe } from './support/look.ts';
import { PICTURE_TOLERANCE, SCENES } from './support/media.ts';
import { Stage } from './support/stage.ts';
import { until } from './support/until.ts';
import { addAudioWorkflow, type Pair } from './support/add-audio-workflow.ts';
import { itemsOf, type Item } from './support/workflow.ts';

let stage: Stage;

// A stage of its own for each test: they count the worker's jobs, and one takes the worker away.
beforeEach(async () => {
	stage = await Stage.set();
});

afterEach(async () => {
	await using ended = stage;
	expect(await ended.worker.workFolder()).toEqual([]);
});

const pairs = (videoUrl: string): Pair[] =>
	SCENES.map((scene) => ({ video_url: videoUrl, audio_url: stage.media.url(scene.narration) }));

const lengthOf = async (item: Item | undefined) =>
	(await probe(String(item?.json.video_url))).seconds;

/** Starts the workflow and waits until the worker has all its jobs and downloads for at least one of them. */
async function startAndHold(items: Pair[]): Promise<string> {
	const id = await stage.n8n.importWorkflow(addAudioWorkflow(items), stage.worker.credential);
	const execution = await stage.n8n.run(id, 'Start');
	await until('all jobs are submitted and one downloads', async () => {
		const jobs = await stage.worker.jobs();
		return jobs.length === items.length && stage.media.held > 0 ? true : undefined;
	});
	return execution;
}

test('Stop in n8n cancels every job at the worker, also the running ones', async () => {
	const execution = await startAndHold(pairs(stage.media.heldUrl('plain.mp4')));
	await stage.n8n.stop(execution);
	const jobs = await until('all jobs have ended', async () => {
		const all = await stage.worker.jobs();
		return all.every(({ status }) => status !== 'queued' && status !== 'running') ? all : undefined;
	});
	expect(jobs.map(({ status }) => status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
	await until('the downloads are given up', () => (stage.media.held === 0 ? true : undefined));
	expect((await stage.n8n.untilEnded(execution)).status).toBe('canceled');
});

test.each(['in order', 'after a crash'] as const)(
	'the workflow ends well when the worker is restarted %s',
	async (how) => {
		const execution = await startAndHold(pairs(stage.media.heldUrl('plain.mp4')));
		await stage.worker.restart(how);
		stage.media.release();
		const ended = await stage.n8n.untilEnded(execution);
		expect(ended.error?.message).toBeUndefined();
		expect(ended.status).toBe('success');
		const items = itemsOf(ended.runData, 'Add Audio');
		expect(items).toHaveLength(SCENES.length);
		for (const { json } of items) expect((await probe(String(json.video_url))).audio).toBeDefined();
		expect(await stage.worker.jobs()).toHaveLength(SCENES.length);
	},
);

test('with "continue", one bad item fails alone and names its job', async () => {
	const items = pairs(stage.media.url('plain.mp4'));
	items[1]!.audio_url = stage.media.url('no-such-file.mp3');
	const workflow = addAudioWorkflow(items, { onError: 'continueRegularOutput' });
	const id = await stage.n8n.importWorkflow(workflow, stage.worker.credential);
	const ended = await stage.n8n.untilEnded(await stage.n8n.run(id, 'Start'));
	expect(ended.status).toBe('success');
	const [first, bad, last] = itemsOf(ended.runData, 'Add Audio');
	expect(first?.json.error).toBeUndefined();
	expect(last?.json.error).toBeUndefined();
	expect(Math.abs((await lengthOf(first)) - SCENES[0]!.seconds)).toBeLessThan(PICTURE_TOLERANCE);
	expect(Math.abs((await lengthOf(last)) - SCENES[2]!.seconds)).toBeLessThan(PICTURE_TOLERANCE);
	const failed = (await stage.worker.jobs()).filter(({ status }) => status === 'failed');
	expect(failed.map(({ error }) => error?.code)).toEqual(['input_not_found']);
	expect(JSON.stringify(bad?.json)).toContain(failed[0]?.id);
	expect(bad?.pairedItem).toMatchObject({ item: 1 });
});

test('without "continue", the same bad item stops the workflow with a message that names the job', async () => {
	const items = pairs(stage.media.url('plain.mp4'));
	items[1]!.audio_url = stage.media.url('no-such-file.mp3');
	const id = await stage.n8n.importWorkflow(addAudioWorkflow(items), stage.worker.credential);
	const ended = await stage.n8n.untilEnded(await stage.n8n.run(id, 'Start'));
	expect(ended.status).toBe('error');
	const failed = (await stage.worker.jobs()).filter(({ status }) => status === 'failed');
	const error = ended.runData['Add Audio']?.[0]?.error;
	expect(`${error?.message} ${error?.description}`).toContain(failed[0]?.id);
});
