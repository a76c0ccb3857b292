import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A wire to a server that can be cut, frozen and mended. */
export interface TcpProxy extends AsyncDisposable {
	readonly url: string;
	/** Breaks every connection and refuses new ones by closing them. */
	cut(): void;
	mend(): void;
	/** Called with every piece sent to the server. */
	onSent: (bytes: number) => void;
}

export async function tcpProxy(target: string): Promise<TcpProxy> {
	const { hostname, port } = new URL(target);
	const sockets = new Set<Socket>();
	let isCut = false;
	const server = createServer((client) => {
		if (isCut) return void client.destroy();
		const upstream = connect(Number(port), hostname);
		for (const [one, other] of [
			[client, upstream],
			[upstream, client],
		] as const) {
			sockets.add(one);
			one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
		}
		client.on('data', (data) => proxy.onSent(data.length));
		client.pipe(upstream).pipe(client);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const dropAll = () => sockets.forEach((socket) => socket.destroy());
	const proxy: TcpProxy = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		cut: () => {
			isCut = true;
			dropAll();
		},
		mend: () => (isCut = false),
		onSent: () => undefined,
		[Symbol.asyncDispose]: async () => {
			const closed = once(server.close(), 'close');
			dropAll();
			await closed;
		},
	};
	return proxy;
}
