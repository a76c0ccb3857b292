import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
	CreateBucketCommand,
	DeleteObjectCommand,
	GetObjectCommand,
	HeadBucketCommand,
	paginateListObjectsV2,
	type S3Client,
} from '@aws-sdk/client-s3';
import { CodedError } from '../errors.ts';
import { abortError } from '../abort.ts';
import { tooLargeFailure } from './download-failure.ts';
import { isMissing, onS3, s3Error } from './s3-errors.ts';
import type { PlaceToPut } from './storage.ts';

/** Time for a small request that a user or the start waits for, retries included, in milliseconds. */
const SMALL_REQUEST_MS = 15_000;

const limited = (signal?: AbortSignal): { abortSignal: AbortSignal } => {
	const timeout = AbortSignal.timeout(SMALL_REQUEST_MS);
	return { abortSignal: signal ? AbortSignal.any([signal, timeout]) : timeout };
};

/** One bucket and the few requests made to it, besides uploads. */
export class S3Bucket {
	readonly #client: S3Client;
	readonly #name: string;

	constructor(client: S3Client, name: string) {
		this.#client = client;
		this.#name = name;
	}

	/** Errors: input_not_found, input_too_large, disk_full, storage_*, cancelled. */
	async get(key: string, target: PlaceToPut): Promise<{ sizeBytes: number }> {
		try {
			const command = new GetObjectCommand({ Bucket: this.#name, Key: key });
			const answer = await this.#client.send(command, { abortSignal: target.signal });
			const sizeBytes = answer.ContentLength ?? 0;
			const body = answer.Body as Readable;
			if (sizeBytes > target.maxBytes) {
				body.destroy();
				throw tooLargeFailure(`s3://${this.#name}/${key}`, target.maxBytes);
			}
			await pipeline(body, createWriteStream(target.path, { mode: 0o600 }), {
				signal: target.signal,
			});
			return { sizeBytes };
		} catch (error) {
			if (target.signal.aborted) throw abortError(target.signal);
			if (!isMissing(error)) throw s3Error(error);
			const name = key.split('/').at(-1);
			throw new CodedError(
				'input_not_found',
				`The file ${name} is no longer in the store. Make or send it again.`,
			);
		}
	}

	/** Missing is fine. */
	async delete(key: string): Promise<void> {
		await onS3(async () => {
			await this.#client.send(new DeleteObjectCommand({ Bucket: this.#name, Key: key }), limited());
		});
	}

	/** Deletes the objects below `prefix` that are older; one by one, because DeleteObjects fails on some stores. */
	async deleteOlder(prefix: string, olderThanMs: number): Promise<number> {
		const before = Date.now() - olderThanMs;
		let deleted = 0;
		await onS3(async () => {
			const pages = paginateListObjectsV2(
				{ client: this.#client },
				{ Bucket: this.#name, Prefix: prefix },
			);
			for await (const page of pages) {
				for (const { Key, LastModified } of page.Contents ?? []) {
					if (Key === undefined || (LastModified?.getTime() ?? Date.now()) > before) continue;
					await this.delete(Key);
					deleted += 1;
				}
			}
		});
		return deleted;
	}

	/** Makes sure that the bucket is there, and makes it when it is not. Errors: storage_denied, storage_unavailable. */
	async ensure(signal?: AbortSignal): Promise<void> {
		const Bucket = this.#name;
		await onS3(async () => {
			try {
				await this.#client.send(new HeadBucketCommand({ Bucket }), limited(signal));
			} catch (error) {
				if (!isMissing(error)) throw error;
				await this.#client.send(new CreateBucketCommand({ Bucket }), limited(signal));
			}
		});
	}
}
