import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer extends AsyncDisposable {
	readonly url: string;
	readonly host: string;
	/** Every request seen, oldest first. */
	readonly requests: IncomingMessage[];
}

/** An HTTP server on loopback that answers as `listener` says, however badly. */
export async function serve(
	listener: RequestListener,
	server: Server = createServer(),
): Promise<TestServer> {
	const requests: IncomingMessage[] = [];
	server
		.on('request', (request: IncomingMessage) => requests.push(request))
		.on('request', listener);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
	const close = async () => {
		const closed = once(server.close(), 'close');
		server.closeAllConnections();
		await closed;
	};
	return { url: `http://${host}`, host, requests, [Symbol.asyncDispose]: close };
}

/** The code of the CodedError that a promise rejects with; fails when it resolves. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
	return (await failureOf(promise)).code;
}

export async function failureOf(
	promise: Promise<unknown>,
): Promise<{ code: string; message: string; cause: unknown }> {
	const value = await promise.then(
		(resolved) => ({ resolved }),
		(error: unknown) => ({ error }),
	);
	if ('error' in value) return value.error as { code: string; message: string; cause: unknown };
	throw new Error(`resolved with ${JSON.stringify(value.resolved)}`);
}
