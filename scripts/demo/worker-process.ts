import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A worker of the demo's own: another one that runs on this machine is not disturbed. */
export interface WorkerProcess extends AsyncDisposable {
	readonly url: string;
	readonly key: string;
	/** ffmpeg's name of the video encoder in use. */
	readonly encoder: string;
	/** Aborted when the worker ends by itself. */
	readonly lost: AbortSignal;
}

export interface WorkerPlace {
	/** Folder of the worker's program: the root of the repository. */
	readonly root: string;
	readonly dataDir: string;
	readonly logFile: string;
}

/** How often the log is looked at for the line that says the worker is ready, in milliseconds. */
const LOOK_MS = 50;

/**
 * Starts `serve` with nothing set but where to listen and where to keep its data.
 * @throws Error with the worker's own words when it does not start
 */
export async function startWorker(place: WorkerPlace, signal: AbortSignal): Promise<WorkerProcess> {
	await mkdir(path.dirname(place.logFile), { recursive: true });
	await using log = await open(place.logFile, 'w');
	const child = spawn(process.execPath, ['worker/dist/main.js', 'serve'], {
		cwd: place.root,
		env: environment(place.dataDir),
		stdio: ['ignore', log.fd, log.fd],
		// Ctrl-C reaches the demo alone, which cancels its jobs before it stops the worker.
		detached: true,
	});
	const lost = new AbortController();
	const gone = new Promise<void>((resolve) => {
		child.once('error', () => resolve());
		child.once('exit', () => resolve());
	});
	void gone.then(() => lost.abort(new Error(`The worker stopped. Its log is ${place.logFile}.`)));
	try {
		return {
			...(await readiness(child, place.logFile, signal)),
			lost: lost.signal,
			[Symbol.asyncDispose]: () => stop(child, gone),
		};
	} catch (error) {
		await stop(child, gone);
		throw error;
	}
}

/** Settings of the shell are left out: the demo shows the defaults, and must not write to somebody's bucket. */
const environment = (dataDir: string): NodeJS.ProcessEnv => ({
	PATH: process.env['PATH'],
	HOME: process.env['HOME'],
	DATA_DIR: dataDir,
	HOST: '127.0.0.1',
	PORT: '0',
});

async function readiness(
	child: ChildProcess,
	logFile: string,
	signal: AbortSignal,
): Promise<Pick<WorkerProcess, 'url' | 'key' | 'encoder'>> {
	for (;;) {
		const log = await readFile(logFile, 'utf8');
		const port = /is ready at http:\/\/localhost:(\d+)/.exec(log)?.[1];
		const keyFile = /^API key: in (.+)$/m.exec(log)?.[1];
		const encoder = /^Video encoder: (\w+)/m.exec(log)?.[1];
		if (port && keyFile && encoder) {
			const key = (await readFile(keyFile, 'utf8')).trim();
			return { url: `http://127.0.0.1:${port}`, key, encoder };
		}
		if (child.exitCode !== null || child.pid === undefined) {
			throw new Error(`The worker did not start:\n${log.trim()}`);
		}
		await delay(LOOK_MS, undefined, { signal });
	}
}

/** SIGTERM lets the worker close its database. */
async function stop(child: ChildProcess, gone: Promise<void>): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
	await gone;
}
