import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedHttp } from '../../worker/src/io/address-guard.ts';
import { download } from '../../worker/src/io/download.ts';
import { LocalStorage } from '../../worker/src/io/local-storage.ts';
import { freeBytes, openWorkspace, sweepWork } from '../../worker/src/io/workspace.ts';
import { codeOf, serve } from './support/serve.ts';
import { canMount, smallDisk, tempFolder, type TempFolder } from './support/temp-folder.ts';

const never = new AbortController().signal;
let data: TempFolder;

beforeEach(async () => {
	data = await tempFolder();
});
afterEach(() => data[Symbol.asyncDispose]());

describe('workspace', () => {
	it('is private, and gone at the end of the scope while files are still written', async () => {
		const root = join(data.path, 'work');
		let ended: Promise<unknown> = Promise.resolve();
		{
			await using workspace = await openWorkspace(root, 'job-1');
			expect((await stat(workspace.path)).mode & 0o777).toBe(0o700);
			await mkdir(join(workspace.path, 'deep/er'), { recursive: true });
			const script = new URL('./support/keeps-writing.ts', import.meta.url);
			const writer = fork(script, [workspace.path], {
				stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
				execArgv: [],
			});
			ended = once(writer, 'exit');
			await once(writer, 'message');
		}
		await ended;
		expect(await readdir(root)).toEqual([]);
	});

	it('is swept at the start, whatever an earlier run left', async () => {
		const root = join(data.path, 'work');
		await openWorkspace(root, 'a');
		const left = await openWorkspace(root, 'b');
		await writeFile(join(left.path, 'file'), 'x');
		await chmod(join(left.path, 'file'), 0o400);
		await link(join(left.path, 'file'), join(root, 'stray'));
		await sweepWork(root);
		expect(await readdir(root)).toEqual([]);
		expect(await freeBytes(root)).toBeGreaterThan(0);
	});
});

describe.runIf(canMount())('a full disk', () => {
	const publishing = async (content: string | Buffer) => {
		const path = join(data.path, 'made');
		await writeFile(path, content);
		const named = { key: 'jobs/1/a.mp4', filename: 'a.mp4', contentType: 'video/mp4' };
		return { ...named, path, signal: never, stillOurs: async () => true, publicUrl: 'http://x' };
	};

	it('is disk_full for downloads of told and untold size, uploads and publishing', async () => {
		await using disk = await smallDisk();
		const small = await LocalStorage.open(disk.path);
		const big = Buffer.alloc(3_000_000);
		const http = createGuardedHttp({ allowedInternalHosts: ['127.0.0.1'] });
		await using server = await serve((request, response) => {
			if (request.url === '/told') response.setHeader('content-length', big.length);
			response.end(big);
		});
		const target = {
			path: join(disk.path, 'input'),
			maxBytes: 1e9,
			stallSeconds: 20,
			signal: never,
		};
		for (const url of [`${server.url}/told`, `${server.url}/untold`]) {
			expect(await codeOf(download(http, url, target))).toBe('disk_full');
		}
		expect(server.requests).toHaveLength(2);
		const upload = {
			name: 'a',
			contentType: undefined,
			body: Readable.from([big]),
			maxBytes: 1e9,
			signal: never,
		};
		expect(await codeOf(small.saveUpload(upload))).toBe('disk_full');
		expect(await codeOf(small.publish(await publishing(big)))).toBe('disk_full');
		expect(await codeOf(small.check())).toBe('disk_full');
		expect(await readdir(join(disk.path, 'files'), { recursive: true })).toEqual(['.staging']);
		const { sizeBytes } = await small.publish(await publishing('fits'));
		expect(sizeBytes).toBe(4);
	});
});
