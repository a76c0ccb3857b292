import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createGuardedHttp } from '../../../worker/src/io/address-guard.ts';
import type { DownloadTarget } from '../../../worker/src/io/download.ts';
import { tempFolder, type TempFolder } from './temp-folder.ts';

export const http = createGuardedHttp({
	allowedInternalHosts: ['127.0.0.1', 'localhost', 'no-such-host.invalid'],
});

/** The file that the servers of the download tests hand out. */
export const FILE = randomBytes(3_000_000);

export let folder: TempFolder;
export let target: DownloadTarget;

/** Gives every test of the calling file an empty target, and fast tries. */
export function setUpDownloads(): void {
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
}

const sha = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

export const expectWhole = async (): Promise<void> =>
	expect(sha(await readFile(target.path))).toBe(sha(FILE));
