import { mkdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { Stats } from 'node:fs';
import { CodedError } from '../errors.ts';
import { throwIfAborted } from '../abort.ts';
import { assertOurs } from './assert-ours.ts';
import { contentTypeOf } from './content-types.ts';
import { errorCode, onDisk } from './disk-errors.ts';
import { tooLargeFailure } from './download-failure.ts';
import { LocalUploads } from './local-uploads.ts';
import { assertKey } from './object-key.ts';
import { appear, linkOrCopy, stage } from './place-file.ts';
import { loadLinkSecret, SignedLinks, type LinkQuery } from './signed-links.ts';
import type { FileToPublish, PlaceToPut, SavedUpload, Storage, UploadToSave } from './storage.ts';
import { isUploadReference } from './upload-reference.ts';
import { assertFits } from './workspace.ts';

/** A published file, ready to be served. */
export interface OpenedFile {
	readonly path: string;
	readonly sizeBytes: number;
	readonly contentType: string;
	readonly filename: string;
	readonly lastModified: Date;
	/** Strong, with its quotes. */
	readonly etag: string;
}

/** Space that must be left for the storage to count as working: one small video, in bytes. */
const MIN_FREE_BYTES = 16 * 1024 * 1024;

const gone = (key: string): CodedError =>
	new CodedError(
		'input_not_found',
		`The file ${basename(key)} is no longer on the worker. Run the job that made it again.`,
	);

const expired = (): CodedError =>
	new CodedError(
		'input_forbidden',
		'This link has expired. Run the job that made the file again to get a new one.',
	);

/** Files under `<dataDir>/files/<key>`, uploads under `<dataDir>/uploads`, signed links to the worker itself. */
export class LocalStorage implements Storage {
	readonly kind = 'local';
	readonly #files: string;
	readonly #staging: string;
	readonly #links: SignedLinks;
	readonly #uploads: LocalUploads;

	private constructor(dataDir: string, links: SignedLinks) {
		this.#files = join(dataDir, 'files');
		this.#staging = join(this.#files, '.staging');
		this.#links = links;
		this.#uploads = new LocalUploads(join(dataDir, 'uploads'));
	}

	/** Makes the folders and the link secret when they are missing, and removes what a killed worker left half placed. */
	static async open(dataDir: string): Promise<LocalStorage> {
		await onDisk(() => mkdir(join(dataDir, 'files'), { recursive: true, mode: 0o700 }));
		const storage = new LocalStorage(dataDir, new SignedLinks(await loadLinkSecret(dataDir)));
		await rm(storage.#staging, { recursive: true, force: true });
		return storage;
	}

	async publish(file: FileToPublish): Promise<{ url: string; sizeBytes: number }> {
		const path = this.#pathOf(file.key);
		throwIfAborted(file.signal);
		const staged = await stage(file.path, this.#staging);
		try {
			const { size } = await stat(staged);
			await assertOurs(file.signal, file.stillOurs);
			await appear(staged, path);
			file.onBytes?.(size);
			return { url: this.#links.sign(file.publicUrl, file.key), sizeBytes: size };
		} catch (error) {
			throw publishError(error);
		} finally {
			await rm(staged, { force: true });
		}
	}

	/** Errors: input_forbidden (forged or expired), input_not_found. */
	async open(key: string, query: LinkQuery): Promise<OpenedFile> {
		const state = this.#links.state(key, query);
		if (state === 'forged')
			throw new CodedError(
				'input_forbidden',
				'The signature of this link is not valid. Use the link exactly as the job returned it.',
			);
		if (state === 'expired') throw expired();
		const { path, facts } = await this.#find(key);
		return {
			path,
			sizeBytes: facts.size,
			contentType: contentTypeOf(key),
			filename: basename(key),
			lastModified: facts.mtime,
			etag: `"${facts.size.toString(36)}-${Math.floor(facts.mtimeMs).toString(36)}-${facts.ino.toString(36)}"`,
		};
	}

	saveUpload(upload: UploadToSave): Promise<SavedUpload> {
		return this.#uploads.save(upload);
	}

	async materialise(url: string, target: PlaceToPut): Promise<{ sizeBytes: number } | undefined> {
		throwIfAborted(target.signal);
		if (isUploadReference(url)) return this.#put(url, await this.#uploads.find(url), target);
		const link = this.#links.recognise(url);
		if (link === undefined) return undefined;
		if (link.state === 'expired') throw expired();
		return this.#put(url, (await this.#find(link.key)).path, target);
	}

	deleteUpload(reference: string): Promise<void> {
		return this.#uploads.delete(reference);
	}

	sweepUploads(olderThanMs: number): Promise<number> {
		return this.#uploads.sweep(olderThanMs);
	}

	async check(): Promise<void> {
		await assertFits(this.#files, MIN_FREE_BYTES);
	}

	async #put(url: string, from: string, target: PlaceToPut): Promise<{ sizeBytes: number }> {
		const { size } = await stat(from);
		if (size > target.maxBytes) throw tooLargeFailure(url, target.maxBytes);
		await linkOrCopy(from, target.path);
		return { sizeBytes: size };
	}

	#pathOf(key: string): string {
		assertKey(key);
		const isStaging = key.split('/')[0] === basename(this.#staging);
		if (isStaging)
			throw new CodedError('invalid_request', 'This folder name is reserved. Choose another path.');
		return join(this.#files, ...key.split('/'));
	}

	/** A regular file inside the folder; a link that leads out of it counts as missing. */
	async #find(key: string): Promise<{ path: string; facts: Stats }> {
		const wanted = this.#pathOf(key);
		const path = await realpath(wanted).catch(() => undefined);
		const root = await realpath(this.#files);
		if (path === undefined || !path.startsWith(root + sep)) throw gone(key);
		const facts = await stat(path);
		if (!facts.isFile()) throw gone(key);
		return { path, facts };
	}
}

function publishError(error: unknown): unknown {
	if (!['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY'].includes(errorCode(error) ?? '')) return error;
	return new CodedError(
		'invalid_request',
		'The path or file name is taken by a folder or file of that name. Choose another.',
		{ cause: error },
	);
}
