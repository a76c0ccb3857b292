import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on 127.0.0.1 for inputs and webhooks. */
export interface FileServer extends AsyncDisposable {
	readonly url: string;
	/** Paths that were asked for, in order. */
	readonly requests: string[];
	/** Answers a path in a way of its own. */
	on(route: string, handler: Handler): void;
	/** Answers a path with a file, but only after `release`, so that a test decides how long a job takes. */
	hold(route: string, file: string): { readonly asked: Promise<void>; release(): void };
}

/** Serves the files of `folder` by their names. */
export async function serveFiles(folder: string): Promise<FileServer> {
	const handlers = new Map<string, Handler>();
	const requests: string[] = [];
	const sendFile = async (name: string, response: ServerResponse): Promise<void> => {
		try {
			response.end(await readFile(path.join(folder, name)));
		} catch {
			response.writeHead(404).end();
		}
	};
	const server = createServer((request, response) => {
		const route = new URL(request.url ?? '/', 'http://localhost').pathname;
		requests.push(route);
		const handler = handlers.get(route);
		if (handler) handler(request, response);
		else void sendFile(path.basename(route), response);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		requests,
		on: (route, handler) => void handlers.set(route, handler),
		hold(route, file) {
			const released = Promise.withResolvers<void>();
			const asked = Promise.withResolvers<void>();
			handlers.set(route, (_request, response) => {
				asked.resolve();
				void released.promise.then(() => sendFile(file, response));
			});
			return { asked: asked.promise, release: () => released.resolve() };
		},
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		},
	};
}

/** Reads a request's body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString();
}
