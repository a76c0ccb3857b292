import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
	'.png': 'image/png',
	'.jpg': 'image/jpeg',
	'.webp': 'image/webp',
	'.mp3': 'audio/mpeg',
	'.wav': 'audio/wav',
	'.ogg': 'audio/ogg',
	'.mp4': 'video/mp4',
	'.srt': 'application/x-subrip',
};

/**
 * Serves a folder on 127.0.0.1. What is asked for under /held/ gets no answer before `release()`, so that a
 * test decides how long a job takes.
 */
export class MediaServer implements AsyncDisposable {
	readonly #server: Server;
	readonly #folder: string;
	readonly #held = new Set<() => void>();
	#isReleased = false;

	private constructor(folder: string) {
		this.#folder = folder;
		this.#server = createServer((request, response) => void this.#answer(request, response));
	}

	static async start(folder: string): Promise<MediaServer> {
		const media = new MediaServer(folder);
		media.#server.listen(0, '127.0.0.1');
		await once(media.#server, 'listening');
		return media;
	}

	get host(): string {
		return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	url(file: string): string {
		return `http://${this.host}/${file}`;
	}

	heldUrl(file: string): string {
		return `http://${this.host}/held/${file}`;
	}

	/** How many callers wait for an answer at this moment. */
	get held(): number {
		return this.#held.size;
	}

	/** Answers all that wait, and from now on at once. */
	release(): void {
		this.#isReleased = true;
		for (const go of this.#held) go();
	}

	async [Symbol.asyncDispose](): Promise<void> {
		const closed = once(this.#server, 'close');
		this.#server.close();
		this.#server.closeAllConnections();
		await closed;
	}

	async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { pathname } = new URL(request.url ?? '/', 'http://media');
		if (pathname.startsWith('/held/') && !this.#isReleased) await this.#untilReleased(response);
		if (response.destroyed) return;
		const file = join(this.#folder, basename(pathname));
		const found = await stat(file).catch(() => undefined);
		if (!found?.isFile()) {
			response.writeHead(404).end();
			return;
		}
		const type = TYPES[extname(file)] ?? 'application/octet-stream';
		response.writeHead(200, { 'content-type': type, 'content-length': found.size });
		createReadStream(file).pipe(response);
	}

	async #untilReleased(response: ServerResponse): Promise<void> {
		const { promise, resolve } = Promise.withResolvers<void>();
		this.#held.add(resolve);
		response.once('close', resolve);
		await promise;
		this.#held.delete(resolve);
	}
}
