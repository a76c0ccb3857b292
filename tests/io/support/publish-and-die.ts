import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import type { S3Options } from '../../../worker/src/io/s3-client.ts';
import { tcpProxy } from './tcp-proxy.ts';

/** Publishes `path` as killed.mp4 in a process of its own and kills that after so many bytes have left it. */
export async function publishAndDie(
	options: S3Options,
	kill: { readonly path: string; readonly afterBytes: number },
): Promise<void> {
	await using wire = await tcpProxy(options.endpointUrl);
	const order = JSON.stringify({ options: { ...options, endpointUrl: wire.url }, path: kill.path });
	const worker = fork(new URL('./publishes.ts', import.meta.url), [order], { execArgv: [] });
	const exited = once(worker, 'exit');
	let sent = 0;
	wire.onSent = (bytes) => {
		sent += bytes;
		if (sent > kill.afterBytes) worker.kill('SIGKILL');
	};
	expect((await exited)[1]).toBe('SIGKILL');
}
