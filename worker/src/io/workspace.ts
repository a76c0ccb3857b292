import { chmod, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../errors.ts';
import { onDisk } from './disk-errors.ts';

/** A folder that exists as long as its job. */
export interface Workspace extends AsyncDisposable {
	readonly path: string;
}

/** A folder that is still being written to (a process on its way out) is emptied again for up to about 3 s: 1 + 2 + … + 7 tenths. */
const REMOVAL = { recursive: true, force: true, maxRetries: 7, retryDelay: 100 } as const;

/**
 * Makes `root/name`, mode 700, empty; disposing removes it with all it holds. `name` is a plain folder name.
 * Errors: disk_full.
 */
export async function openWorkspace(root: string, name: string): Promise<Workspace> {
	const path = join(root, name);
	await onDisk(async () => {
		await rm(path, REMOVAL);
		await mkdir(path, { recursive: true, mode: 0o700 });
		await chmod(path, 0o700);
	});
	return { path, [Symbol.asyncDispose]: () => rm(path, REMOVAL) };
}

/** Removes everything that earlier runs left in `root`, and makes the folder when it is missing. */
export async function sweepWork(root: string): Promise<void> {
	await onDisk(() => mkdir(root, { recursive: true, mode: 0o700 }));
	const entries = await readdir(root);
	await Promise.all(entries.map((entry) => rm(join(root, entry), REMOVAL)));
}

/** Free space in bytes, for a process without root's reserve, on the file system that holds `path`. */
export async function freeBytes(path: string): Promise<number> {
	const { bavail, bsize } = await statfs(path);
	return bavail * bsize;
}

/** Errors: disk_full when `bytes` more do not fit beside `path`. */
export async function assertFits(path: string, bytes: number): Promise<void> {
	if (bytes <= (await freeBytes(path))) return;
	throw new CodedError(
		'disk_full',
		'The disk of the worker has no room for this file. Free some space in its data folder (DATA_DIR), then run the job again.',
	);
}
