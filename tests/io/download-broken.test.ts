import { readdir } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { download } from '../../worker/src/io/download.ts';
import { codeOf, failureOf, serve } from './support/serve.ts';
import {
	expectWhole,
	FILE,
	folder,
	http,
	setUpDownloads,
	target,
} from './support/download-stage.ts';

setUpDownloads();

/** Answers ranges of FILE, and breaks the connection after `limit` bytes of each answer. */
function breaking(limit: number, headers: Record<string, string>): RequestListener {
	return (request: IncomingMessage, response: ServerResponse) => {
		const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
		const rest = FILE.subarray(start);
		response.writeHead(start > 0 ? 206 : 200, {
			...headers,
			'content-length': rest.length,
			...(start > 0 && { 'content-range': `bytes ${start}-${FILE.length - 1}/${FILE.length}` }),
		});
		if (rest.length <= limit) response.end(rest);
		else response.write(rest.subarray(0, limit), () => response.destroy());
	};
}

describe('a broken transfer', () => {
	it.each([
		['an ETag', { etag: '"v1"' }, '"v1"'],
		[
			'a date',
			{ 'last-modified': 'Sat, 01 Jan 2022 00:00:00 GMT', etag: 'W/"v1"' },
			'Sat, 01 Jan 2022 00:00:00 GMT',
		],
	])('goes on where it stopped, proven by %s', async (_, headers, proof) => {
		await using server = await serve(breaking(1_200_000, headers));
		await download(http, server.url, target);
		await expectWhole();
		expect(server.requests).toHaveLength(3);
		expect(server.requests.slice(1).map((request) => request.headers['if-range'])).toEqual([
			proof,
			proof,
		]);
		expect(server.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
	});

	it('starts again when the file has changed in between', async () => {
		let answers = 0;
		await using server = await serve((request, response) => {
			if (answers++ === 0) return breaking(1_200_000, { etag: '"old"' })(request, response);
			response.writeHead(200, { etag: '"new"', 'content-length': FILE.length }).end(FILE);
		});
		await download(http, server.url, target);
		await expectWhole();
	});

	it('starts again when nothing proves that the rest belongs to it', async () => {
		let answers = 0;
		await using server = await serve((request, response) =>
			breaking(answers++ === 0 ? 1_200_000 : 1e9, {})(request, response),
		);
		await download(http, server.url, target);
		await expectWhole();
		expect(server.requests[1]?.headers.range).toBeUndefined();
	});

	it('does not join a range that begins elsewhere', async () => {
		let answers = 0;
		await using server = await serve((request, response) => {
			if (answers++ !== 1)
				return breaking(answers === 1 ? 1_200_000 : 1e9, { etag: '"v1"' })(request, response);
			response
				.writeHead(206, { 'content-range': `bytes 0-9/${FILE.length}`, 'content-length': 10 })
				.end('0123456789');
		});
		await download(http, server.url, target);
		await expectWhole();
	});

	it.each([
		[
			'a short body',
			(response: ServerResponse) =>
				response.writeHead(200, { 'content-length': 10 }).write('half', () => response.destroy()),
		],
		[
			'a cut chunked body',
			(response: ServerResponse) => response.write('half', () => response.destroy()),
		],
		[
			'cut gzip',
			(response: ServerResponse) =>
				response
					.writeHead(200, { 'content-encoding': 'gzip' })
					.end(gzipSync(FILE).subarray(0, 1000)),
		],
		['no answer', (response: ServerResponse) => response.destroy()],
	])('is given up after four tries: %s', async (_, answer) => {
		await using server = await serve((_request, response) => void answer(response));
		expect(await codeOf(download(http, server.url, target))).toBe('input_unreachable');
		expect(server.requests).toHaveLength(4);
		expect(await readdir(folder.path)).toEqual([]);
	});

	it('is noticed when nothing comes any more, before the head or in the body', async () => {
		await using silent = await serve(() => undefined);
		await using stalling = await serve(
			(_, response) => void response.writeHead(200, { 'content-length': 10 }).write('half'),
		);
		for (const { url } of [silent, stalling]) {
			const { code, message } = await failureOf(
				download(http, url, { ...target, stallSeconds: 0.2 }),
			);
			expect(code).toBe('input_unreachable');
			expect(message).toContain('nothing came for 0.2 seconds');
		}
	});
});
