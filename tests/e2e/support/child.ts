import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOG_FOLDER } from './paths.ts';

export interface ChildOptions {
	readonly name: string;
	readonly args: readonly string[];
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
}

/** How long a process may take to end by itself, in milliseconds: a worker first gives back its jobs and stops its database. */
const GRACE = 20_000;

/** Lines of a log that are worth printing with an error. */
const TAIL_LINES = 30;

const running = new Set<Child>();

// Whatever way the test run ends, no process of ours outlives it.
process.once('exit', () => {
	for (const child of running) child.signal('SIGKILL');
});

/** Of our own environment a child gets only this: what a developer has set for n8n or the worker must not change a test. */
function plainEnvironment(): Record<string, string> {
	const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL'];
	return Object.fromEntries(
		names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
	);
}

/** A Node program in a process group of its own, with its output in the log folder. */
export class Child {
	readonly logFile: string;
	readonly #process: ChildProcess;

	constructor(options: ChildOptions) {
		mkdirSync(LOG_FOLDER, { recursive: true });
		this.logFile = join(LOG_FOLDER, `${options.name}.log`);
		const log = openSync(this.logFile, 'a');
		this.#process = spawn(process.execPath, options.args, {
			cwd: options.cwd,
			env: { ...plainEnvironment(), ...options.env },
			stdio: ['ignore', log, log],
			detached: true,
		});
		closeSync(log);
		running.add(this);
	}

	get hasExited(): boolean {
		return this.#process.exitCode !== null || this.#process.signalCode !== null;
	}

	/** Signals the whole group; a group that is gone is fine. */
	signal(name: NodeJS.Signals): void {
		try {
			if (this.#process.pid !== undefined) process.kill(-this.#process.pid, name);
		} catch {
			// ESRCH: nothing of the group is left, which is what a signal is for here.
		}
	}

	/** Asks the program to end (SIGTERM to it alone, so that it can end its children in order), then ends what is left. */
	async stop(): Promise<void> {
		if (!this.hasExited) {
			const exited = once(this.#process, 'exit');
			const force = setTimeout(() => this.signal('SIGKILL'), GRACE);
			this.#process.kill('SIGTERM');
			await exited;
			clearTimeout(force);
		}
		this.signal('SIGKILL');
		running.delete(this);
	}

	/** Kills the program alone, as a crash does; what it started lives on, at the latest until the tests end. */
	async crash(): Promise<void> {
		const exited = once(this.#process, 'exit');
		this.#process.kill('SIGKILL');
		await exited;
	}

	/** The end of its log, to be shown in an error. */
	async tail(): Promise<string> {
		const text = await readFile(this.logFile, 'utf8');
		return `${this.logFile}:\n${text.split('\n').slice(-TAIL_LINES).join('\n')}`;
	}
}
