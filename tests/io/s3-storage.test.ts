import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { S3Links } from '../../worker/src/io/s3-links.ts';
import { S3Storage } from '../../worker/src/io/s3-storage.ts';
import { publishAndDie } from './support/publish-and-die.ts';
import {
	admin,
	BIG,
	folder,
	inputAt,
	keysBelow,
	MIB,
	never,
	options,
	publishing,
	server,
	setUpS3,
	storage,
	unfinished,
} from './support/s3-stage.ts';
import { codeOf, failureOf } from './support/serve.ts';
import { tcpProxy } from './support/tcp-proxy.ts';

setUpS3();

describe('publish', () => {
	it('sends a large file in parts; its presigned link works for anybody and as the next input', async () => {
		const sent: number[] = [];
		const { url, sizeBytes } = await storage.publish(
			publishing({ onBytes: (bytes) => sent.push(bytes) }),
		);
		expect(sizeBytes).toBe(BIG.length);
		expect(sent.at(-1)).toBe(BIG.length);
		const answer = await fetch(url);
		expect(answer.status).toBe(200);
		expect(answer.headers.get('content-type')).toBe('video/mp4');
		expect(answer.headers.get('content-disposition')).toContain(
			"filename*=UTF-8''vid%C3%A9o%20%2B1%20%28a%29.mp4",
		);
		expect(Buffer.from(await answer.arrayBuffer()).equals(BIG)).toBe(true);
		expect(await storage.materialise(url, inputAt('again'))).toEqual({ sizeBytes: BIG.length });
		expect((await readFile(inputAt('again').path)).equals(BIG)).toBe(true);
	});

	it('sends a small and an empty file in one request', async () => {
		for (const content of ['small', '']) {
			const path = join(folder.path, 'small');
			await writeFile(path, content);
			const { url, sizeBytes } = await storage.publish(
				publishing({ path, key: 'small.txt', contentType: 'text/plain' }),
			);
			expect(sizeBytes).toBe(content.length);
			expect(await (await fetch(url)).text()).toBe(content);
		}
	});

	it('answers links below S3_PUBLIC_URL when that is set, and takes them back', async () => {
		using facing = new S3Storage({ ...options, publicUrl: 'https://cdn.example/v/' });
		const { url } = await facing.publish(publishing());
		expect(url).toBe('https://cdn.example/v/My%20Project/vid%C3%A9o%20%2B1%20%28a%29.mp4');
		expect(await facing.materialise(url, inputAt('public'))).toEqual({ sizeBytes: BIG.length });
		expect(
			await codeOf(facing.materialise('https://cdn.example/v/missing.mp4', inputAt('public'))),
		).toBe('input_not_found');
		expect(
			await facing.materialise('https://cdn.example/other/x.mp4', inputAt('public')),
		).toBeUndefined();
	});

	it.each(['small', 'large'])(
		'shows nothing and leaves no parts when the job is no longer ours (%s)',
		async (size) => {
			const path = join(folder.path, 'small');
			await writeFile(path, 'small');
			const key = `lost/${size}.mp4`;
			let partsThen = -1;
			const stillOurs = async () => {
				partsThen = await unfinished('lost/');
				return false;
			};
			const file = publishing({ ...(size === 'small' && { path }), key, stillOurs });
			expect(await codeOf(storage.publish(file))).toBe('worker_lost');
			expect(partsThen).toBe(size === 'small' ? 0 : 1);
			expect(await keysBelow('lost/')).toEqual([]);
			expect(await unfinished('lost/')).toBe(0);
		},
	);

	it('leaves no parts when cancelled in the middle', async () => {
		await using wire = await tcpProxy(server.endpoint);
		using proxied = new S3Storage({ ...options, endpointUrl: wire.url });
		const abort = new AbortController();
		let sent = 0;
		wire.onSent = (bytes) => {
			sent += bytes;
			if (sent > 10 * MIB) abort.abort();
		};
		expect(
			await codeOf(proxied.publish(publishing({ key: 'cancelled.mp4', signal: abort.signal }))),
		).toBe('cancelled');
		expect(
			await codeOf(proxied.publish(publishing({ key: 'cancelled.mp4', signal: abort.signal }))),
		).toBe('cancelled');
		expect(sent).toBeLessThan(BIG.length);
		expect(await keysBelow('cancelled')).toEqual([]);
		expect(await unfinished('cancelled')).toBe(0);
	});

	it('shows nothing when the worker is killed in the middle', async () => {
		await publishAndDie(options, { path: join(folder.path, 'big.mp4'), afterBytes: 20 * MIB });
		expect(await keysBelow('killed')).toEqual([]);
		await storage.publish(publishing({ key: 'killed.mp4' }));
		expect(await keysBelow('killed')).toEqual(['killed.mp4']);
	});
});

describe('own links', () => {
	it('are told from forged, foreign and expired ones', async () => {
		const { url } = await storage.publish(publishing());
		const altered = [
			url.replace('My%20Project', 'Other'),
			url.replace('X-Amz-Expires=604800', 'X-Amz-Expires=604801'),
			url.replace(/X-Amz-Signature=./, 'X-Amz-Signature=z'),
			url.replace(server.endpoint, 'http://127.0.0.1:1'),
			`${server.endpoint}/videos/My%20Project/x.mp4`,
			'https://example.com/a.mp4',
		];
		for (const link of altered)
			expect(await storage.materialise(link, inputAt('x'))).toBeUndefined();
		const links = new S3Links(admin(), options);
		expect(await links.recognise(url)).toEqual({ key: publishing().key, state: 'valid' });
		expect(await codeOf(storage.materialise(url, { ...inputAt('x'), maxBytes: 5 }))).toBe(
			'input_too_large',
		);
	});
});

describe('uploads', () => {
	const upload = {
		name: 'clip é.mp4',
		contentType: 'video/mp4',
		maxBytes: 100 * MIB,
		signal: never,
	};

	it('are kept, used and deleted', async () => {
		const saved = await storage.saveUpload({
			...upload,
			body: Readable.from([BIG.subarray(0, 20 * MIB), BIG.subarray(20 * MIB)]),
		});
		expect(saved.sizeBytes).toBe(BIG.length);
		expect(await storage.materialise(saved.reference, inputAt('upload'))).toEqual({
			sizeBytes: BIG.length,
		});
		expect((await readFile(inputAt('upload').path)).equals(BIG)).toBe(true);
		expect(await storage.sweepUploads(60_000)).toBe(0);
		await storage.deleteUpload(saved.reference);
		expect(await codeOf(storage.materialise(saved.reference, inputAt('upload')))).toBe(
			'input_not_found',
		);
		await storage.saveUpload({ ...upload, body: Readable.from([Buffer.from('a')]) });
		expect(await storage.sweepUploads(-60_000)).toBe(1);
		expect(await keysBelow('uploads/')).toEqual([]);
	});

	it('leave nothing when too large or broken off', async () => {
		const breaking = async function* () {
			yield BIG.subarray(0, 20 * MIB);
			throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
		};
		const tooLarge = storage.saveUpload({
			...upload,
			maxBytes: 30 * MIB,
			body: Readable.from([BIG.subarray(0, 20 * MIB), BIG]),
		});
		expect(await codeOf(tooLarge)).toBe('input_too_large');
		expect(await codeOf(storage.saveUpload({ ...upload, body: Readable.from(breaking()) }))).toBe(
			'invalid_request',
		);
		expect(await keysBelow('uploads/')).toEqual([]);
		expect(await unfinished('uploads/')).toBe(0);
	});
});

describe('a store that does not work', () => {
	it.each([
		['accessKey', 'nobody', 'S3_ACCESS_KEY'],
		['secretKey', 'not-the-s3cret', 'S3_SECRET_KEY'],
		['bucket', 'Not_A.Bucket..', 'S3_BUCKET_NAME'],
	])('with a wrong %s is storage_denied and names the setting', async (setting, value, named) => {
		using wrong = new S3Storage({ ...options, [setting]: value });
		for (const attempt of [() => wrong.publish(publishing()), () => wrong.check()]) {
			const { code, message } = await failureOf(attempt());
			expect(code).toBe('storage_denied');
			expect(message).not.toContain(value);
			expect(message).not.toContain(server.secretKey);
			expect(message).toContain('S3_');
		}
		expect((await failureOf(wrong.publish(publishing()))).message).toContain(named);
	});

	it('with a missing bucket is denied until the check at the start makes it', async () => {
		using fresh = new S3Storage({ ...options, bucket: 'made-at-start' });
		expect((await failureOf(fresh.publish(publishing()))).message).toContain('S3_BUCKET_NAME');
		await fresh.check();
		await fresh.check();
		expect((await fresh.publish(publishing())).sizeBytes).toBe(BIG.length);
	});

	it('is storage_unavailable while it is down, also in mid-transfer, and works afterwards', async () => {
		await using wire = await tcpProxy(server.endpoint);
		using proxied = new S3Storage({ ...options, endpointUrl: wire.url });
		let sent = 0;
		wire.onSent = (bytes) => {
			sent += bytes;
			if (sent > 10 * MIB) wire.cut();
		};
		expect(await codeOf(proxied.publish(publishing({ key: 'down.mp4' })))).toBe(
			'storage_unavailable',
		);
		expect(await codeOf(proxied.check())).toBe('storage_unavailable');
		expect(
			await codeOf(
				proxied.saveUpload({
					name: 'a',
					contentType: undefined,
					body: Readable.from([Buffer.from('a')]),
					maxBytes: 9,
					signal: never,
				}),
			),
		).toBe('storage_unavailable');
		expect(await keysBelow('down')).toEqual([]);
		wire.onSent = () => undefined;
		wire.mend();
		expect((await proxied.publish(publishing({ key: 'down.mp4' }))).sizeBytes).toBe(BIG.length);
		const head = await admin().send(
			new HeadObjectCommand({ Bucket: options.bucket, Key: 'down.mp4' }),
		);
		expect(head.ContentLength).toBe(BIG.length);
	});
});
