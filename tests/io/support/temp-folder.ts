import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TempFolder extends AsyncDisposable {
	readonly path: string;
}

export async function tempFolder(): Promise<TempFolder> {
	const path = await mkdtemp(join(tmpdir(), 'io-'));
	return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Whether this process may mount: a small disk that can be filled needs it. */
export function canMount(): boolean {
	try {
		execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', tmpdir()], {
			stdio: 'ignore',
		});
		return true;
	} catch {
		return false;
	}
}

/** A real file system of 1 MiB. */
export async function smallDisk(): Promise<TempFolder> {
	const folder = await tempFolder();
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder.path]);
	return {
		path: folder.path,
		[Symbol.asyncDispose]: async () => {
			execFileSync('umount', ['--lazy', folder.path]);
			await folder[Symbol.asyncDispose]();
		},
	};
}
