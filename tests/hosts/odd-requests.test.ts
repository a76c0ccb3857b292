import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';
import { API_KEY, startTestWorker } from '../support/worker.ts';

let worker: Awaited<ReturnType<typeof startTestWorker>>;
beforeAll(async () => {
	worker = await startTestWorker();
});
afterAll(() => worker.stop());

const NOWHERE = '"video_url": "http://127.0.0.1:1/v", "audio_url": "http://127.0.0.1:1/a"';
const job = (rest: string): string =>
	`{"operation": "addaudio", "input": {${NOWHERE}}, "metadata": ${rest}}`;

async function post(
	route: string,
	body: string | undefined,
	type = 'application/json',
): Promise<{ status: number; error: { code: string; message: string } | undefined }> {
	const response = await fetch(worker.url + route, {
		method: 'POST',
		headers: { 'x-api-key': API_KEY, 'content-type': type },
		...(body === undefined ? {} : { body }),
	});
	const { error } = (await response.json()) as { error?: { code: string; message: string } };
	return { status: response.status, error };
}

test.each([
	['a NUL character in a text', job('{"note": {"inner": "a\\u0000b"}}'), 'metadata.note.inner'],
	['a NUL character in a key', job('{"a\\u0000b": 1}'), 'metadata'],
	['half an emoji', job('{"list": ["fine", "\\ud83d"]}'), 'metadata.list.1'],
	['thousands of levels', job(`{"a": ${'['.repeat(7000)}${']'.repeat(7000)}}`), 'metadata.a'],
	['a million levels', job(`{"a": ${'['.repeat(1e6)}${']'.repeat(1e6)}}`), 'metadata.a'],
	[
		'a NUL character in subtitles',
		'{"operation": "caption", "input": {"video_url": "http://127.0.0.1:1/v", "subtitles": "1\\u0000"}}',
		'input.subtitles',
	],
])('what the database cannot keep is refused by name: %s', async (_what, body, field) => {
	const { status, error } = await post('/v1/jobs', body);
	expect([status, error?.code]).toEqual([400, 'invalid_request']);
	expect(error?.message).toContain(field);
});

test('a whole emoji and a hundred levels less one are kept', async () => {
	const depth = 90;
	const metadata = `{"note": "\\ud83d\\ude00", "deep": ${'['.repeat(depth)}${']'.repeat(depth)}}`;
	expect((await post('/v1/jobs', job(metadata))).status).toBe(202);
});

test('a cancel with a type and without a body is a cancel', async () => {
	const { id } = await worker.submit('addaudio', {
		video_url: 'http://127.0.0.1:1/v',
		audio_url: 'http://127.0.0.1:1/a',
	});
	for (const route of [`/v1/jobs/${id}/cancel`, `/job/${id}/cancel`])
		expect((await post(route, undefined)).status, route).toBe(200);
	expect((await worker.end(id)).status).toBe('cancelled');
});

test('JSON of any dialect is read, and other types are told how to send it', async () => {
	for (const type of ['application/json;charset=utf-8', 'application/vnd.api+json'])
		expect((await post('/v1/jobs', job('{}'), type)).status, type).toBe(202);
	for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/jsonp']) {
		const { status, error } = await post('/v1/jobs', job('{}'), type);
		expect([status, error?.code], type).toEqual([400, 'invalid_request']);
		expect(error?.message).toContain('Content-Type: application/json');
	}
});

test('a body that is missing is asked for', async () => {
	const { status, error } = await post('/v1/jobs', undefined);
	expect([status, error?.code]).toEqual([400, 'invalid_request']);
});

test('addresses that are none have the same form of error as all others', async () => {
	for (const route of ['/v1/jobs/%ff', `/v1/jobs/${'a'.repeat(3000)}`, '/v1/jobs?operation=%00']) {
		const { status, body } = await worker.call<{ error: { code: string } }>('GET', route);
		expect([status, body.error.code], route).toEqual([400, 'invalid_request']);
	}
});

test('a file the client has already is not sent again, however it lists the versions it has', async () => {
	using folder = temporaryFolder();
	const image = await makeMedia(
		...source('testsrc2=s=64x64'),
		'-frames:v',
		'1',
		folder.file('i.png'),
	);
	const saved = await fetch(`${worker.url}/v1/files/i.png`, {
		method: 'PUT',
		headers: { 'x-api-key': API_KEY },
		body: await readFile(image),
	});
	const { url: image_url } = (await saved.json()) as { url: string };
	const images = [{ id: 1, image_url, duration: 0.1 }];
	const { id } = await worker.submit('img2vid', { images, width: 64, height: 64 });
	const { result } = await worker.end(id);
	const link = (result?.['videos'] as { video_url: string }[])[0]?.video_url ?? '';
	const etag = (await fetch(link)).headers.get('etag') ?? '';
	const statusOf = async (known: string) =>
		(await fetch(link, { headers: { 'if-none-match': known } })).status;
	for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*'])
		expect(await statusOf(known), known).toBe(304);
	expect(await statusOf('"other"')).toBe(200);
});
