import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../../worker/src/errors.ts';
import { createGuardedHttp } from '../../worker/src/io/address-guard.ts';
import { download, type DownloadTarget } from '../../worker/src/io/download.ts';
import { codeOf, failureOf, serve } from './support/serve.ts';
import { tempFolder, type TempFolder } from './support/temp-folder.ts';

const http = createGuardedHttp({
	allowedInternalHosts: ['127.0.0.1', 'localhost', 'no-such-host.invalid'],
});
const FILE = randomBytes(3_000_000);
let folder: TempFolder;
let target: DownloadTarget & { readonly path: string };

beforeAll(async () => {
	folder = await tempFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
beforeEach(() => {
	target = {
		path: join(folder.path, 'file'),
		maxBytes: 4_000_000,
		stallSeconds: 20,
		backOffMs: [10, 20, 40],
		signal: new AbortController().signal,
	};
});

const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const expectWhole = async () => expect(sha(await readFile(target.path))).toBe(sha(FILE));

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
