import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CodedError } from '../errors.ts';
import { diskError } from './disk-errors.ts';
import type { SavedUpload, UploadToSave } from './storage.ts';
import { countBytes, uploadError } from './upload-body.ts';
import { newUploadId, parseUploadReference, uploadReference } from './upload-reference.ts';

/** Inputs sent by PUT /v1/files, each in a folder of its own with an unguessable name. */
export class LocalUploads {
	readonly #root: string;

	constructor(root: string) {
		this.#root = root;
	}

	async save(upload: UploadToSave): Promise<SavedUpload> {
		const id = newUploadId(upload.name);
		const folder = join(this.#root, id.id);
		let sizeBytes = 0;
		try {
			await mkdir(folder, { recursive: true, mode: 0o700 });
			await using file = await open(join(folder, id.name), 'wx', 0o600);
			const save = async (chunks: AsyncIterable<Buffer>) => {
				for await (const chunk of chunks) await file.appendFile(chunk);
			};
			const count = countBytes(upload, (bytes) => (sizeBytes += bytes));
			await pipeline(upload.body, count, save, { signal: upload.signal });
		} catch (error) {
			await rm(folder, { recursive: true, force: true });
			throw uploadError(diskError(error), upload.signal);
		}
		return { reference: uploadReference(id), sizeBytes };
	}

	/** The file behind a reference. Errors: input_not_found. */
	async find(reference: string): Promise<string> {
		const id = parseUploadReference(reference);
		const path = id && join(this.#root, id.id, id.name);
		const facts = path === undefined ? undefined : await stat(path).catch(() => undefined);
		if (path !== undefined && facts?.isFile()) return path;
		throw new CodedError(
			'input_not_found',
			'This upload is not on the worker (any more). Send the file again.',
		);
	}

	async delete(reference: string): Promise<void> {
		const id = parseUploadReference(reference);
		if (id) await rm(join(this.#root, id.id), { recursive: true, force: true });
	}

	async sweep(olderThanMs: number): Promise<number> {
		const before = Date.now() - olderThanMs;
		const names = await readdir(this.#root).catch(() => []);
		let deleted = 0;
		for (const name of names) {
			const facts = await stat(join(this.#root, name)).catch(() => undefined);
			if (facts === undefined || facts.mtimeMs > before) continue;
			await rm(join(this.#root, name), { recursive: true, force: true });
			deleted += 1;
		}
		return deleted;
	}
}
