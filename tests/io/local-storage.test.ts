import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalStorage } from '../../worker/src/io/local-storage.ts';
import { loadLinkSecret, SignedLinks } from '../../worker/src/io/signed-links.ts';
import type { FileToPublish } from '../../worker/src/io/storage.ts';
import { codeOf } from './support/serve.ts';
import { tempFolder, type TempFolder } from './support/temp-folder.ts';

let data: TempFolder;
let storage: LocalStorage;

beforeEach(async () => {
	data = await tempFolder();
	storage = await LocalStorage.open(data.path);
});
afterEach(() => data[Symbol.asyncDispose]());

const WEEK_SECONDS = 7 * 24 * 3600;
const never = new AbortController().signal;
const bodyOf = (text: string): Readable => Readable.from([Buffer.from(text)]);

async function output(content: string | Buffer = 'video', folder = data.path): Promise<string> {
	const path = join(folder, `made-${Math.random()}`);
	await writeFile(path, content);
	return path;
}

const publishing = (path: string, changes: Partial<FileToPublish> = {}): FileToPublish => ({
	path,
	key: 'My Project/vidéo +1.mp4',
	contentType: 'video/mp4',
	filename: 'vidéo +1.mp4',
	signal: never,
	stillOurs: async () => true,
	publicUrl: 'http://worker:8000',
	...changes,
});

/** Key and query of a link, as the HTTP host gets them. */
function asked(url: string): [string, { expires: string | null; signature: string | null }] {
	const { pathname, searchParams } = new URL(url);
	const key = pathname.slice('/files/'.length).split('/').map(decodeURIComponent).join('/');
	return [key, { expires: searchParams.get('expires'), signature: searchParams.get('signature') }];
}

describe('publish', () => {
	it('moves the file and answers a signed link that opens it for seven days', async () => {
		const path = await output();
		const { url, sizeBytes } = await storage.publish(publishing(path));
		expect(sizeBytes).toBe(5);
		expect(url).toMatch(
			/^http:\/\/worker:8000\/files\/My%20Project\/vid%C3%A9o%20%2B1\.mp4\?expires=\d+&signature=[\w-]{43}$/,
		);
		const lifetime = Number(new URL(url).searchParams.get('expires')) - Date.now() / 1000;
		expect(Math.abs(lifetime - WEEK_SECONDS)).toBeLessThan(10);
		const opened = await storage.open(...asked(url));
		expect(opened).toMatchObject({
			sizeBytes: 5,
			contentType: 'video/mp4',
			filename: 'vidéo +1.mp4',
		});
		expect(opened.etag).toMatch(/^"[\w-]+"$/);
		expect(await readFile(opened.path, 'utf8')).toBe('video');
		expect(await readdir(data.path)).not.toContain(path);
	});

	it('replaces an older file in one step', async () => {
		const first = await storage.publish(publishing(await output('old')));
		await storage.publish(publishing(await output('newer')));
		const opened = await storage.open(...asked(first.url));
		expect(await readFile(opened.path, 'utf8')).toBe('newer');
		expect(opened.sizeBytes).toBe(5);
	});

	it('shows nothing when the job is no longer ours, and asks only when the file is ready', async () => {
		const refused = publishing(await output(), { stillOurs: async () => false });
		expect(await codeOf(storage.publish(refused))).toBe('worker_lost');
		const abort = new AbortController();
		const cancelled = publishing(await output(), {
			signal: abort.signal,
			stillOurs: async () => {
				abort.abort();
				return true;
			},
		});
		expect(await codeOf(storage.publish(cancelled))).toBe('cancelled');
		expect(await readdir(join(data.path, 'files'), { recursive: true })).toEqual(['.staging']);
	});

	it.each([
		['My Project', 'invalid_request'],
		['My Project/vidéo +1.mp4/x', 'invalid_request'],
		['.staging/x', 'invalid_request'],
		['../x', 'invalid_request'],
	])('refuses the key %s beside what is there', async (key, code) => {
		await storage.publish(publishing(await output()));
		expect(await codeOf(storage.publish(publishing(await output(), { key })))).toBe(code);
	});
});

describe('links', () => {
	it('are refused when anything in them is changed or they have expired', async () => {
		const { url } = await storage.publish(publishing(await output()));
		const [key, query] = asked(url);
		await storage.publish(publishing(await output('other'), { key: 'other.mp4' }));
		const forged = [
			storage.open('other.mp4', query),
			storage.open(key, { ...query, expires: String(Number(query.expires) + 1) }),
			storage.open(key, { ...query, signature: `${query.signature?.slice(1)}A` }),
			storage.open(key, { ...query, signature: [query.signature] }),
			storage.open(key, {}),
		];
		for (const attempt of forged) expect(await codeOf(attempt)).toBe('input_forbidden');
	});

	it('work after a restart, and not on another worker', async () => {
		const { url } = await storage.publish(publishing(await output()));
		const restarted = await LocalStorage.open(data.path);
		expect((await restarted.open(...asked(url))).sizeBytes).toBe(5);
		await using elsewhere = await tempFolder();
		expect(await codeOf((await LocalStorage.open(elsewhere.path)).open(...asked(url)))).toBe(
			'input_forbidden',
		);
		expect((await stat(join(data.path, 'link-secret'))).mode & 0o777).toBe(0o600);
	});

	it('lead to nothing outside the folder', async () => {
		const { url } = await storage.publish(publishing(await output()));
		const [key, query] = asked(url);
		const path = (await storage.open(key, query)).path;
		await writeFile(join(data.path, 'secret'), 'secret');
		await rm(path);
		await symlink(join(data.path, 'secret'), path);
		expect(await codeOf(storage.open(key, query))).toBe('input_not_found');
		await rm(path);
		expect(await codeOf(storage.open(key, query))).toBe('input_not_found');
	});
});

describe('materialise', () => {
	it('takes our own link by any name of the host, without copying', async () => {
		const { url } = await storage.publish(publishing(await output()));
		const opened = await storage.open(...asked(url));
		for (const base of ['https://public.example/some/files', 'http://127.0.0.1:1']) {
			const path = join(data.path, 'input');
			const target = { path, signal: never, maxBytes: 100 };
			expect(await storage.materialise(url.replace('http://worker:8000', base), target)).toEqual({
				sizeBytes: 5,
			});
			expect((await stat(path)).ino).toBe((await stat(opened.path)).ino);
		}
	});

	it('leaves other links alone and tells what is wrong with ours', async () => {
		const { url } = await storage.publish(publishing(await output()));
		const target = { path: join(data.path, 'input'), signal: never, maxBytes: 100 };
		expect(
			await storage.materialise('https://example.com/files/a.mp4?expires=1&signature=x', target),
		).toBeUndefined();
		expect(await storage.materialise(url.replace('expires=', 'expires=1'), target)).toBeUndefined();
		expect(await codeOf(storage.materialise(url, { ...target, maxBytes: 4 }))).toBe(
			'input_too_large',
		);
		const old = new SignedLinks(await loadLinkSecret(data.path)).sign(
			'http://worker:8000',
			publishing('').key,
			1000,
		);
		expect(await codeOf(storage.materialise(old, target))).toBe('input_forbidden');
		expect(await codeOf(storage.open(...asked(old)))).toBe('input_forbidden');
	});
});

describe('uploads', () => {
	it('are kept, used and deleted', async () => {
		const saved = await storage.saveUpload({
			name: 'my clip.mp4',
			contentType: undefined,
			body: bodyOf('clip'),
			maxBytes: 4,
			signal: never,
		});
		expect(saved.sizeBytes).toBe(4);
		const target = { path: join(data.path, 'input'), signal: never, maxBytes: 100 };
		expect(await storage.materialise(saved.reference, target)).toEqual({ sizeBytes: 4 });
		expect(await readFile(target.path, 'utf8')).toBe('clip');
		expect(await storage.sweepUploads(60_000)).toBe(0);
		await storage.deleteUpload(saved.reference);
		await storage.deleteUpload(saved.reference);
		expect(await codeOf(storage.materialise(saved.reference, target))).toBe('input_not_found');
		expect(await codeOf(storage.materialise('upload://nonsense', target))).toBe('input_not_found');
	});

	it('leave nothing when too large, broken off or cancelled', async () => {
		const abort = new AbortController();
		const failing = async function* (stop: () => void) {
			yield Buffer.from('half');
			stop();
			yield Buffer.from('more');
		};
		const upload = { name: 'a.mp4', contentType: undefined, maxBytes: 1000, signal: never };
		const reset = () => {
			throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
		};
		expect(await codeOf(storage.saveUpload({ ...upload, maxBytes: 3, body: bodyOf('four') }))).toBe(
			'input_too_large',
		);
		expect(
			await codeOf(storage.saveUpload({ ...upload, body: Readable.from(failing(reset)) })),
		).toBe('invalid_request');
		expect(
			await codeOf(
				storage.saveUpload({
					...upload,
					signal: abort.signal,
					body: Readable.from(failing(() => abort.abort())),
				}),
			),
		).toBe('cancelled');
		expect(await readdir(join(data.path, 'uploads'))).toEqual([]);
	});

	it('are swept when they are old', async () => {
		await storage.saveUpload({
			name: 'a',
			contentType: undefined,
			body: bodyOf('a'),
			maxBytes: 4,
			signal: never,
		});
		expect(await storage.sweepUploads(-1000)).toBe(1);
		expect(await readdir(join(data.path, 'uploads'))).toEqual([]);
	});
});
