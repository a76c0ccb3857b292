import { execa } from 'execa';
import { CodedError } from '../errors.ts';

/** Settings that are secrets: programs that read a stranger's file do not get them. */
const SECRET_SETTINGS = [
	'X_API_KEY',
	'DATABASE_URL',
	'S3_ACCESS_KEY',
	'S3_SECRET_KEY',
	'RUNPOD_API_KEY',
	'VAST_API_KEY',
	'OPENAI_API_KEY',
	'AWS_ACCESS_KEY_ID',
	'AWS_SECRET_ACCESS_KEY',
	'AWS_SESSION_TOKEN',
];

/** Also no FFREPORT: it would make ffmpeg write a log file with full command lines into the folder. */
const CHILD_ENVIRONMENT: Record<string, string | undefined> = {
	...Object.fromEntries([...SECRET_SETTINGS, 'FFREPORT'].map((name) => [name, undefined])),
	AV_LOG_FORCE_NOCOLOR: '1',
};

/** Time between SIGTERM and SIGKILL, milliseconds: a cancel has to be through in 2 s. */
const TERMINATION_GRACE_MS = 1000;

/** What a shell and setpriv answer for a program that does not exist. */
const EXIT_NOT_FOUND = 127;

const STDIO = { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' } as const;

export interface ChildOptions {
	/** Working directory. */
	readonly folder: string;
	readonly signal: AbortSignal;
}

export interface ChildResult {
	readonly exitCode: number | undefined;
	readonly signal: string | undefined;
}

/** Where a child's output goes, chunk by chunk; nothing is kept here. */
export interface ChildOutput {
	stdout(chunk: string): void;
	stderr(chunk: string): void;
}

let parentDeathPrefix: Promise<readonly string[]> | undefined;

/**
 * The prefix that makes the kernel kill a child when the worker dies, however it dies: a `kill -9` of the
 * worker must not leave an ffmpeg encoding for nobody. Empty where setpriv (util-linux) is missing.
 */
async function findParentDeathPrefix(): Promise<readonly string[]> {
	const prefix = ['setpriv', '--pdeathsig', 'KILL', '--'];
	const [program = '', ...args] = [...prefix, 'true'];
	const probe = await execa(program, args, { reject: false, stdin: 'ignore' });
	return probe.exitCode === 0 ? prefix : [];
}

/**
 * Runs a program found on PATH to its end and tells how it ended. It leads a process group of its own, so that
 * Ctrl-C in the worker's terminal does not reach it (the worker drains first) and an abort ends its children too.
 *
 * @throws CodedError `unavailable` when the program is not installed.
 */
export async function runChild(
	command: readonly [program: string, ...args: string[]],
	options: ChildOptions,
	output: ChildOutput,
): Promise<ChildResult> {
	parentDeathPrefix ??= findParentDeathPrefix();
	const [program = '', ...args] = [...(await parentDeathPrefix), ...command];
	const child = execa(program, args, {
		...STDIO,
		cwd: options.folder,
		env: CHILD_ENVIRONMENT,
		reject: false,
		buffer: false,
		detached: true,
	});
	child.stdout.setEncoding('utf8').on('data', (chunk: string) => output.stdout(chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk: string) => output.stderr(chunk));
	const result = await endOf(child, options.signal);
	if (result.exitCode === EXIT_NOT_FOUND || result.code === 'ENOENT')
		throw notInstalled(command[0]);
	return { exitCode: result.exitCode, signal: result.signal };
}

interface Child<Result> extends PromiseLike<Result> {
	readonly pid?: number;
}

/** The end of a child; an abort sends SIGTERM to its group, and SIGKILL after the grace time. */
async function endOf<Result>(child: Child<Result>, signal: AbortSignal): Promise<Result> {
	let forced: NodeJS.Timeout | undefined;
	const terminate = (): void => {
		signalGroup(child.pid, 'SIGTERM');
		forced = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), TERMINATION_GRACE_MS);
	};
	if (signal.aborted) terminate();
	else signal.addEventListener('abort', terminate, { once: true });
	try {
		return await child;
	} finally {
		signal.removeEventListener('abort', terminate);
		clearTimeout(forced);
	}
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, name);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
	}
}

const notInstalled = (program: string): CodedError =>
	new CodedError(
		'unavailable',
		`The program ${program} is not installed on the worker. Install FFmpeg (on Debian or Ubuntu: apt-get install ffmpeg) and start the worker again.`,
	);
