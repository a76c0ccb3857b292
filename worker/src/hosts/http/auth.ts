import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../errors.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The key to check against, and where it came from: the setting, or a file made on the first start. */
export interface ApiKey {
	readonly value: string;
	readonly file: string | undefined;
}

/** Takes X_API_KEY, or makes a key on the first start and keeps it in the data folder, readable by its owner alone. */
export async function loadApiKey(
	configured: string | undefined,
	dataFolder: string,
): Promise<ApiKey> {
	if (configured !== undefined) return { value: configured, file: undefined };
	const file = join(dataFolder, 'api-key');
	await mkdir(dataFolder, { recursive: true });
	if (!existsSync(file))
		await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
	return { value: (await readFile(file, 'utf8')).trim(), file };
}

function presentedKey(request: FastifyRequest): string | undefined {
	const header = request.headers['x-api-key'];
	if (typeof header === 'string') return header;
	return /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Asks every route for the key in X-API-Key or as a Bearer token, but those marked open. */
export function requireKey(app: FastifyInstance, key: string): void {
	const expected = digest(key);
	app.addHook('onRequest', async (request) => {
		if (request.routeOptions.config.open || request.is404) return;
		const presented = presentedKey(request);
		// Digests have one length, so the comparison takes one time whatever was sent.
		if (presented === undefined || !timingSafeEqual(digest(presented), expected)) {
			throw new CodedError(
				'unauthorized',
				'The API key is missing or wrong. Send it in the X-API-Key header.',
			);
		}
	});
}
