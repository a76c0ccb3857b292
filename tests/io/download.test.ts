import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../worker/src/errors.ts';
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

describe('a whole file', () => {
	it('arrives byte for byte, with its size, type and progress', async () => {
		await using server = await serve((_, response) => {
			response
				.writeHead(200, { 'content-type': 'video/mp4', 'content-length': FILE.length })
				.end(FILE);
		});
		const seen: [number, number | undefined][] = [];
		const result = await download(http, `${server.url}/a.mp4`, {
			...target,
			onBytes: (...now) => seen.push(now),
		});
		expect(result).toEqual({ sizeBytes: FILE.length, contentType: 'video/mp4' });
		await expectWhole();
		expect(seen.at(-1)).toEqual([FILE.length, FILE.length]);
		expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
		expect(server.requests[0]?.headers['user-agent']).toContain('gpu-media-worker');
	});

	it('arrives chunked, through redirects, with the credentials of the link', async () => {
		await using server = await serve((request, response) => {
			if (request.url === '/file') {
				response.write(FILE.subarray(0, 1000), () => response.end(FILE.subarray(1000)));
			} else response.writeHead(307, { location: '/file' }).end();
		});
		await download(http, `http://me:p%40ss@${server.host}/start`, target);
		await expectWhole();
		const auth = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
		expect(server.requests.map((request) => request.headers.authorization)).toEqual([auth, auth]);
	});

	it.each([
		['gzip', gzipSync(FILE)],
		['br', brotliCompressSync(FILE)],
	])('is decoded when the store sends it as %s', async (encoding, body) => {
		await using server = await serve((_, response) => {
			response
				.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length })
				.end(body);
		});
		expect((await download(http, server.url, target)).sizeBytes).toBe(FILE.length);
		await expectWhole();
	});
});

describe('a link that cannot work', () => {
	it.each([
		[404, 'input_not_found'],
		[410, 'input_not_found'],
		[401, 'input_forbidden'],
		[403, 'input_forbidden'],
		[400, 'input_not_found'],
		[418, 'input_not_found'],
		[204, 'input_unsupported'],
		[304, 'input_not_found'],
	])('HTTP %i is %s, asked once', async (status, code) => {
		await using server = await serve((_, response) => response.writeHead(status).end());
		const failure = await failureOf(
			download(http, `http://u:pw@${server.host}/v.mp4?token=secret`, target),
		);
		expect(failure.code).toBe(code);
		expect(failure.message).toContain(`http://${server.host}/v.mp4`);
		expect(failure.message).not.toMatch(/secret|pw/);
		expect(server.requests).toHaveLength(1);
	});

	it.each([429, 500, 503])('HTTP %i is tried four times', async (status) => {
		await using server = await serve((_, response) =>
			response.writeHead(status, { 'retry-after': '0' }).end(),
		);
		expect(await codeOf(download(http, server.url, target))).toBe('input_unreachable');
		expect(server.requests).toHaveLength(4);
	});

	it('leaves a long Retry-After to the queue', async () => {
		await using server = await serve((_, response) =>
			response.writeHead(429, { 'retry-after': '3600' }).end(),
		);
		expect(await codeOf(download(http, server.url, target))).toBe('input_unreachable');
		expect(server.requests).toHaveLength(1);
	});

	it('recovers when the server does', async () => {
		let answers = 0;
		await using server = await serve((_, response) => {
			if (answers++ === 0) response.writeHead(503).end();
			else response.end(FILE);
		});
		await download(http, server.url, target);
		await expectWhole();
	});

	it('empty file, redirect loop, unknown host, closed port, not HTTP', async () => {
		await using empty = await serve((_, response) => response.end());
		expect(await codeOf(download(http, empty.url, target))).toBe('input_unsupported');
		await using loop = await serve((_, response) =>
			response.writeHead(302, { location: '/again' }).end(),
		);
		expect(await codeOf(download(http, loop.url, target))).toBe('input_not_found');
		expect(loop.requests).toHaveLength(6);
		expect(await codeOf(download(http, 'http://no-such-host.invalid/a.mp4', target))).toBe(
			'input_not_found',
		);
		const tcp = createTcpServer((socket) => socket.resume().end('SSH-2.0-x\r\n')).listen(
			0,
			'127.0.0.1',
		);
		await once(tcp, 'listening');
		const { port } = tcp.address() as AddressInfo;
		expect(await codeOf(download(http, `http://127.0.0.1:${port}/`, target))).toBe(
			'input_unreachable',
		);
		expect(await codeOf(download(http, `https://127.0.0.1:${port}/`, target))).toBe(
			'input_forbidden',
		);
		await new Promise((resolve) => tcp.close(resolve));
		expect(await codeOf(download(http, `http://127.0.0.1:${port}/`, target))).toBe(
			'input_unreachable',
		);
	});
});

describe('limits', () => {
	it('refuses by the announced size, before reading', async () => {
		let sent = 0;
		await using server = await serve((_, response) => {
			response.writeHead(200, { 'content-length': 5_000_000 });
			response.flushHeaders();
			sent += 1;
		});
		expect(await codeOf(download(http, server.url, target))).toBe('input_too_large');
		expect(sent).toBe(1);
	});

	it.each(['identity', 'gzip'])(
		'refuses while reading what is larger than told (%s)',
		async (encoding) => {
			const body = Buffer.alloc(8_000_000);
			await using server = await serve((_, response) => {
				response
					.writeHead(200, { 'content-encoding': encoding })
					.end(encoding === 'gzip' ? gzipSync(body) : body);
			});
			expect(await codeOf(download(http, server.url, target))).toBe('input_too_large');
			expect(await readdir(folder.path)).toEqual([]);
		},
	);

	it.each([
		[undefined, 'cancelled'],
		[new CodedError('deadline_exceeded', 'Too long.'), 'deadline_exceeded'],
	])('stops at once when aborted with %s', async (reason, code) => {
		const abort = new AbortController();
		await using server = await serve((_, response) => {
			response.write('some', () => abort.abort(reason));
		});
		expect(await codeOf(download(http, server.url, { ...target, signal: abort.signal }))).toBe(
			code,
		);
		expect(await codeOf(download(http, server.url, { ...target, signal: abort.signal }))).toBe(
			code,
		);
		expect(server.requests).toHaveLength(1);
		expect(await readdir(folder.path)).toEqual([]);
	});
});
