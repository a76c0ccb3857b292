import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, onDisk } from './disk-errors.ts';
import { decodeKey, encodeKey } from './object-key.ts';

/** 7 days, as long as the longest presigned S3 link. */
export const LINK_LIFETIME_SECONDS = 7 * 24 * 60 * 60;

/** As long as the digest of SHA-256, which is what HMAC asks for (RFC 2104, 3). */
const SECRET_BYTES = 32;

/** The query of a link as it arrives: anything. */
export interface LinkQuery {
	readonly expires?: unknown;
	readonly signature?: unknown;
}

export type LinkState = 'valid' | 'expired' | 'forged';

/** Links `<publicUrl>/files/<key>?expires=<Unix seconds>&signature=<HMAC-SHA256, base64url>`. */
export class SignedLinks {
	readonly #secret: Buffer;

	constructor(secret: Buffer) {
		this.#secret = secret;
	}

	/** A link that works until `expires`, in Unix seconds. */
	sign(
		publicUrl: string,
		key: string,
		expires = Math.floor(Date.now() / 1000) + LINK_LIFETIME_SECONDS,
	): string {
		return `${publicUrl}/files/${encodeKey(key)}?expires=${expires}&signature=${this.#signature(key, expires)}`;
	}

	state(key: string, query: LinkQuery): LinkState {
		if (typeof query.signature !== 'string' || !/^\d{1,12}$/.test(String(query.expires)))
			return 'forged';
		const expires = Number(query.expires);
		const expected = Buffer.from(this.#signature(key, expires));
		const given = Buffer.from(query.signature);
		if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'forged';
		return expires * 1000 > Date.now() ? 'valid' : 'expired';
	}

	/** The key of a link that carries our signature, whatever its host and path prefix are; undefined for all others. */
	recognise(
		url: string,
	): { readonly key: string; readonly state: 'valid' | 'expired' } | undefined {
		if (!URL.canParse(url)) return undefined;
		const { pathname, searchParams } = new URL(url);
		const query = {
			expires: searchParams.get('expires'),
			signature: searchParams.get('signature'),
		};
		for (let at = pathname.indexOf('/files/'); at >= 0; at = pathname.indexOf('/files/', at + 1)) {
			const key = decodeKey(pathname.slice(at + '/files/'.length));
			const state = key === undefined ? 'forged' : this.state(key, query);
			if (key !== undefined && state !== 'forged') return { key, state };
		}
		return undefined;
	}

	#signature(key: string, expires: number): string {
		return createHmac('sha256', this.#secret).update(`${expires}\n${key}`).digest('base64url');
	}
}

/** Reads `<dataDir>/link-secret`, made with mode 600 on the first start. Two starts at once agree on one secret. */
export async function loadLinkSecret(dataDir: string): Promise<Buffer> {
	const path = join(dataDir, 'link-secret');
	const existing = await readSecret(path);
	if (existing) return existing;
	const draft = `${path}.${randomBytes(6).toString('hex')}`;
	await onDisk(() => writeFile(draft, randomBytes(SECRET_BYTES).toString('hex'), { mode: 0o600 }));
	try {
		await link(draft, path);
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') throw error;
	} finally {
		await unlink(draft);
	}
	return Buffer.from(await readFile(path, 'utf8'), 'hex');
}

async function readSecret(path: string): Promise<Buffer | undefined> {
	try {
		return Buffer.from(await readFile(path, 'utf8'), 'hex');
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
}
