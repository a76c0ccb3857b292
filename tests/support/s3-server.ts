import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./s3-server.sh', import.meta.url));

/** Lines of the server's own output that are shown when it does not start. */
const SHOWN_LINES = 30;

export interface S3Server extends AsyncDisposable {
	readonly endpoint: string;
	readonly accessKey: string;
	readonly secretKey: string;
	readonly region: string;
	stop(): Promise<void>;
}

async function freePorts(count: number): Promise<number[]> {
	const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
	await Promise.all(servers.map((server) => once(server, 'listening')));
	const ports = servers.map((server) => (server.address() as AddressInfo).port);
	await Promise.all(servers.map((server) => once(server.close(), 'close')));
	return ports;
}

/**
 * Starts Ceph's S3 gateway (packages in scripts/debian-packages-test.txt) with empty storage in memory; about 10 s.
 * It ends with stop(), and also when this process ends in any way: it watches the pipe to us.
 */
export async function startS3(): Promise<S3Server> {
	const folder = await mkdtemp(join(tmpdir(), 's3-'));
	const [monPort, s3Port] = await freePorts(2);
	const keys = { accessKey: 'testkey', secretKey: 'testsecret' };
	const args = [SCRIPT, folder, String(monPort), String(s3Port), keys.accessKey, keys.secretKey];
	const server = spawn('bash', args, { stdio: 'pipe', detached: true });
	const ended = once(server, 'exit');
	let output = '';
	const ready = new Promise<void>((resolve) => {
		for (const stream of [server.stdout, server.stderr]) {
			stream.setEncoding('utf8').on('data', (chunk: string) => {
				output += chunk;
				if (/^READY$/m.test(output)) resolve();
			});
		}
	});
	const stop = async () => {
		server.stdin.end();
		await ended;
		await rm(folder, { recursive: true, force: true });
	};
	const failed = ended.then(() => {
		throw new Error(
			`The S3 server did not start:\n${output.split('\n').slice(-SHOWN_LINES).join('\n')}`,
		);
	});
	failed.catch(() => undefined);
	await Promise.race([ready, failed]);
	return {
		endpoint: `http://127.0.0.1:${s3Port}`,
		...keys,
		region: 'us-east-1',
		stop,
		[Symbol.asyncDispose]: stop,
	};
}
