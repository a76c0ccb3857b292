import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobView } from '../../worker/src/job.ts';
import { readBody } from '../support/file-server.ts';
import { startTestWorker } from '../support/worker.ts';

interface Call {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

let worker: Awaited<ReturnType<typeof startTestWorker>>;
let receiver: Server;
let address: string;
const calls: Call[] = [];
/** Statuses to answer next, by path; 200 when there is none left. */
const answers = new Map<string, number[]>();

beforeAll(async () => {
	receiver = createServer((request, response) => {
		void readBody(request).then((body) => {
			const path = request.url ?? '';
			calls.push({ path, headers: request.headers, body });
			response.writeHead(answers.get(path)?.shift() ?? 200).end();
		});
	});
	receiver.listen(0, '127.0.0.1');
	await once(receiver, 'listening');
	address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
	worker = await startTestWorker();
});
afterAll(async () => {
	await worker.stop();
	receiver.close();
});

/** A job that ends at once: its input is not there. */
const failing = (extra: Record<string, unknown>) =>
	worker.submit('addaudio', { video_url: `${address}/none`, audio_url: `${address}/none` }, extra);

const received = (path: string): Call[] => calls.filter((call) => call.path === path);

const waitFor = (path: string, count: number) =>
	expect.poll(() => received(path).length, { timeout: 60_000, interval: 20 }).toBe(count);

test('one call when the job has ended, signed so that any Standard Webhooks library accepts it', async () => {
	answers.set(
		'/none',
		Array.from({ length: 50 }, () => 404),
	);
	const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;
	const { id } = await failing({
		webhook: { url: `${address}/one`, secret },
		metadata: { row: 1 },
	});
	await waitFor('/one', 1);
	const [call] = received('/one');
	const verified = new Webhook(secret).verify(
		call?.body ?? '',
		call?.headers as Record<string, string>,
	);
	expect(verified).toMatchObject({
		type: 'job.ended',
		job: { id, status: 'failed', metadata: { row: 1 } },
	});
	expect(() =>
		new Webhook(secret).verify(`${call?.body} `, call?.headers as Record<string, string>),
	).toThrow();
});

test('is tried again after 409, 404 and 500, with the same id', async () => {
	answers.set('/busy', [409, 404, 500]);
	await failing({ webhook: { url: `${address}/busy` } });
	await waitFor('/busy', 4);
	expect(new Set(received('/busy').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
	expect(received('/busy')[0]?.headers['webhook-signature']).toBeUndefined();
});

test('a batch is told once, when all its jobs have ended, in the order they were submitted', async () => {
	const extra = { webhook: { url: `${address}/batch` }, batch: { id: 'batch-1', size: 3 } };
	const first = await failing(extra);
	const second = await failing(extra);
	await worker.end(first.id);
	await worker.end(second.id);
	expect(received('/batch')).toEqual([]);
	const third = await failing(extra);
	await waitFor('/batch', 1);
	const body = JSON.parse(received('/batch')[0]?.body ?? '') as { jobs: JobView[] };
	expect(body).toMatchObject({ type: 'batch.ended', batch: { id: 'batch-1', size: 3 } });
	expect(body.jobs.map(({ id }) => id)).toEqual([first.id, second.id, third.id]);
});

test('a cancelled job is told too, and its error says so', async () => {
	const { id } = await worker.submit(
		'addaudio',
		{ video_url: `${address}/slow`, audio_url: `${address}/slow` },
		{ webhook: { url: `${address}/cancelled` } },
	);
	await worker.call('POST', `/v1/jobs/${id}/cancel`);
	await waitFor('/cancelled', 1);
	expect(JSON.parse(received('/cancelled')[0]?.body ?? '')).toMatchObject({ job: { id } });
});

test('a private address that is not allowed is never called', async () => {
	const other = createServer((_request, response) => response.end());
	other.listen(0, '127.0.0.2');
	await once(other, 'listening');
	let asked = 0;
	other.on('request', () => (asked += 1));
	const { id } = await failing({
		webhook: { url: `http://127.0.0.2:${(other.address() as AddressInfo).port}/x` },
	});
	await worker.end(id);
	// The webhook of a later job has been delivered by then: the refused one had its turn.
	await failing({ webhook: { url: `${address}/after` } });
	await waitFor('/after', 1);
	expect(asked).toBe(0);
	other.close();
});
