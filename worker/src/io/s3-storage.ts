import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { CodedError } from '../errors.ts';
import { throwIfAborted } from '../abort.ts';
import { assertOurs } from './assert-ours.ts';
import { closing } from './closing.ts';
import { contentTypeOf } from './content-types.ts';
import { S3Bucket } from './s3-bucket.ts';
import { createS3Client, type S3Options } from './s3-client.ts';
import { S3Links } from './s3-links.ts';
import { uploadToS3 } from './s3-upload.ts';
import type { FileToPublish, PlaceToPut, SavedUpload, Storage, UploadToSave } from './storage.ts';
import { countBytes } from './upload-body.ts';
import {
	isUploadReference,
	newUploadId,
	parseUploadReference,
	uploadReference,
	type UploadId,
} from './upload-reference.ts';

const UPLOADS = 'uploads/';
const uploadKey = ({ id, name }: UploadId): string => `${UPLOADS}${id}/${name}`;

/** The name a browser saves the file under, by RFC 6266; the plain form is for programs that read no other. */
function contentDisposition(filename: string): string {
	const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
	const encoded = encodeURIComponent(filename).replace(
		/['()*]/g,
		(c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
	);
	return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`;
}

/** Outputs and uploads in a bucket of any S3 store. */
export class S3Storage implements Storage, Disposable {
	readonly kind = 's3';
	readonly #client: S3Client;
	readonly #name: string;
	readonly #bucket: S3Bucket;
	readonly #links: S3Links;

	constructor(options: S3Options) {
		this.#client = createS3Client(options);
		this.#name = options.bucket;
		this.#bucket = new S3Bucket(this.#client, options.bucket);
		this.#links = new S3Links(this.#client, options);
	}

	async publish(file: FileToPublish): Promise<{ url: string; sizeBytes: number }> {
		throwIfAborted(file.signal);
		const { size } = await stat(file.path);
		using body = closing(createReadStream(file.path));
		await uploadToS3(this.#client, {
			params: {
				Bucket: this.#name,
				Key: file.key,
				Body: body.stream,
				ContentType: file.contentType,
				ContentDisposition: contentDisposition(file.filename),
			},
			signal: file.signal,
			beforeAppearance: () => assertOurs(file.signal, file.stillOurs),
			onBytes: file.onBytes,
		});
		return { url: await this.#links.make(file.key), sizeBytes: size };
	}

	async saveUpload(upload: UploadToSave): Promise<SavedUpload> {
		const id = newUploadId(upload.name);
		let sizeBytes = 0;
		const count = countBytes(upload, (bytes) => (sizeBytes += bytes));
		using body = closing(Readable.from(count(upload.body), { objectMode: false }));
		await uploadToS3(this.#client, {
			params: {
				Bucket: this.#name,
				Key: uploadKey(id),
				Body: body.stream,
				ContentType: upload.contentType ?? contentTypeOf(id.name),
			},
			signal: upload.signal,
			beforeAppearance: async () => throwIfAborted(upload.signal),
		});
		return { reference: uploadReference(id), sizeBytes };
	}

	async materialise(url: string, target: PlaceToPut): Promise<{ sizeBytes: number } | undefined> {
		throwIfAborted(target.signal);
		if (isUploadReference(url)) {
			const id = parseUploadReference(url);
			if (!id)
				throw new CodedError(
					'input_not_found',
					'This is not a reference that an upload returned. Send the file again.',
				);
			return this.#bucket.get(uploadKey(id), target);
		}
		const link = await this.#links.recognise(url);
		if (link === undefined) return undefined;
		if (link.state === 'valid') return this.#bucket.get(link.key, target);
		throw new CodedError(
			'input_forbidden',
			'This link has expired. Run the job that made the file again to get a new one.',
		);
	}

	async deleteUpload(reference: string): Promise<void> {
		const id = parseUploadReference(reference);
		if (id) await this.#bucket.delete(uploadKey(id));
	}

	sweepUploads(olderThanMs: number): Promise<number> {
		return this.#bucket.deleteOlder(UPLOADS, olderThanMs);
	}

	check(signal?: AbortSignal): Promise<void> {
		return this.#bucket.ensure(signal);
	}

	/** Closes idle connections. */
	[Symbol.dispose](): void {
		this.#client.destroy();
	}
}
