import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	ListMultipartUploadsCommand,
	ListObjectsV2Command,
	type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { createS3Client, type S3Options } from '../../../worker/src/io/s3-client.ts';
import { S3Storage } from '../../../worker/src/io/s3-storage.ts';
import type { FileToPublish } from '../../../worker/src/io/storage.ts';
import { startS3, type S3Server } from '../../support/s3-server.ts';
import { tempFolder, type TempFolder } from './temp-folder.ts';

export const MIB = 1024 * 1024;
/** A file of three parts. */
export const BIG = randomBytes(40 * MIB);
export const never = new AbortController().signal;
export let server: S3Server;
export let folder: TempFolder;
export let options: S3Options;
export let storage: S3Storage;
let big: string;

/** One S3 server, a bucket and a big file for all tests of the calling file. */
export function setUpS3(): void {
	beforeAll(async () => {
		folder = await tempFolder();
		big = join(folder.path, 'big.mp4');
		await writeFile(big, BIG);
		server = await startS3();
		options = {
			endpointUrl: server.endpoint,
			bucket: 'videos',
			accessKey: server.accessKey,
			secretKey: server.secretKey,
			region: server.region,
		};
		storage = new S3Storage(options);
		await storage.check();
	});
	afterAll(async () => {
		storage?.[Symbol.dispose]();
		await server?.stop();
		await folder?.[Symbol.asyncDispose]();
	});
}

export const publishing = (changes: Partial<FileToPublish> = {}): FileToPublish => ({
	path: big,
	key: 'My Project/vidéo +1 (a).mp4',
	contentType: 'video/mp4',
	filename: 'vidéo +1 (a).mp4',
	signal: never,
	stillOurs: async () => true,
	publicUrl: 'http://worker:8000',
	...changes,
});

export const admin = (): S3Client => createS3Client(options);

export async function keysBelow(prefix: string): Promise<(string | undefined)[]> {
	const { Contents } = await admin().send(
		new ListObjectsV2Command({ Bucket: options.bucket, Prefix: prefix }),
	);
	return (Contents ?? []).map(({ Key }) => Key);
}

export async function unfinished(prefix: string): Promise<number> {
	const { Uploads } = await admin().send(
		new ListMultipartUploadsCommand({ Bucket: options.bucket, Prefix: prefix }),
	);
	return Uploads?.length ?? 0;
}

export const inputAt = (name: string) => ({
	path: join(folder.path, name),
	signal: never,
	maxBytes: 100 * MIB,
});
