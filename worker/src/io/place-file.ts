import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, onDisk } from './disk-errors.ts';

/** Makes a file's content survive a power cut before its name appears. */
async function flush(path: string): Promise<void> {
	await using file = await open(path, 'r+');
	await file.datasync();
}

/**
 * Brings `from` to a new name in `staging` (same file system as its later home): moved, or copied when it comes
 * from another file system. Removing the staged file when it is not used is up to the caller. Errors: disk_full.
 */
export async function stage(from: string, staging: string): Promise<string> {
	const staged = join(staging, randomUUID());
	await onDisk(async () => {
		await mkdir(staging, { recursive: true, mode: 0o700 });
		try {
			await rename(from, staged);
		} catch (error) {
			if (errorCode(error) !== 'EXDEV') throw error;
			await copyOver(from, staged);
		}
		await flush(staged);
	});
	return staged;
}

async function copyOver(from: string, to: string): Promise<void> {
	try {
		await copyFile(from, to, constants.COPYFILE_FICLONE);
	} catch (error) {
		await rm(to, { force: true });
		throw error;
	}
	await rm(from);
}

/** Gives a staged file its final name, replacing an older file of that name in one step. */
export async function appear(staged: string, path: string): Promise<void> {
	await onDisk(async () => {
		await mkdir(dirname(path), { recursive: true, mode: 0o700 });
		await rename(staged, path);
	});
}

/** The same file under a second name: a hard link, or a copy on another file system. Errors: disk_full. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
	await onDisk(async () => {
		await rm(to, { force: true });
		try {
			await link(from, to);
		} catch (error) {
			if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(errorCode(error) ?? '')) throw error;
			await copyFile(from, to, constants.COPYFILE_FICLONE);
		}
	});
}
