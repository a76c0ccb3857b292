import { timingSafeEqual } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { decodeKey, encodeKey } from './object-key.ts';
import type { S3Options } from './s3-client.ts';

/** 7 days: the longest a Signature Version 4 link may live. */
const LIFETIME_SECONDS = 7 * 24 * 60 * 60;

export type OwnLink = { readonly key: string; readonly state: 'valid' | 'expired' };

/** The moment in X-Amz-Date, `20261121T081500Z`. */
function amzDate(value: string | null): Date | undefined {
	const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(value ?? '');
	if (!match) return undefined;
	const [, year, month, day, hour, minute, second] = match;
	const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
	return Number.isNaN(date.getTime()) ? undefined : date;
}

const sameText = (a: string, b: string): boolean =>
	a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Links to objects: below S3_PUBLIC_URL when that is set, else presigned. */
export class S3Links {
	readonly #client: S3Client;
	readonly #options: S3Options;

	constructor(client: S3Client, options: S3Options) {
		this.#client = client;
		this.#options = options;
	}

	async make(key: string): Promise<string> {
		const prefix = this.#options.publicUrl?.replace(/\/+$/, '');
		if (prefix) return `${prefix}/${encodeKey(key)}`;
		return this.#presign(key, new Date(), LIFETIME_SECONDS);
	}

	/** The key of a link that {@link make} made, and whether it still works; undefined for all others. */
	async recognise(url: string): Promise<OwnLink | undefined> {
		if (!URL.canParse(url)) return undefined;
		const parsed = new URL(url);
		return this.#recognisePublic(parsed) ?? (await this.#recognisePresigned(parsed));
	}

	#recognisePublic(url: URL): OwnLink | undefined {
		if (!this.#options.publicUrl) return undefined;
		const key = keyBelow(this.#options.publicUrl, url);
		return key === undefined ? undefined : { key, state: 'valid' };
	}

	/** Signs the same link again and compares: nobody without our secret can have made it. */
	async #recognisePresigned(url: URL): Promise<OwnLink | undefined> {
		const { bucket, endpointUrl } = this.#options;
		const key = keyBelow(`${endpointUrl.replace(/\/+$/, '')}/${encodeKey(bucket)}`, url);
		const date = amzDate(url.searchParams.get('X-Amz-Date'));
		const seconds = Number(url.searchParams.get('X-Amz-Expires'));
		const isPlausible = Number.isInteger(seconds) && seconds > 0 && seconds <= LIFETIME_SECONDS;
		if (key === undefined || date === undefined || !isPlausible) return undefined;
		const ours = new URL(await this.#presign(key, date, seconds)).searchParams.get(
			'X-Amz-Signature',
		);
		if (!sameText(ours ?? '', url.searchParams.get('X-Amz-Signature') ?? '')) return undefined;
		return { key, state: date.getTime() + seconds * 1000 > Date.now() ? 'valid' : 'expired' };
	}

	#presign(key: string, signingDate: Date, expiresIn: number): Promise<string> {
		const command = new GetObjectCommand({ Bucket: this.#options.bucket, Key: key });
		return getSignedUrl(this.#client, command, { expiresIn, signingDate });
	}
}

function keyBelow(prefix: string, url: URL): string | undefined {
	if (!URL.canParse(prefix)) return undefined;
	const base = new URL(prefix);
	const folder = `${base.pathname.replace(/\/+$/, '')}/`;
	if (url.origin !== base.origin || !url.pathname.startsWith(folder)) return undefined;
	return decodeKey(url.pathname.slice(folder.length)) || undefined;
}
