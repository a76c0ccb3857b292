import { pino } from 'pino';
import { ConfigError, readConfig, type Config } from './config.ts';
import { CodedError } from './errors.ts';
import { startWorker, type RunningWorker } from './start-worker.ts';

/** A shutdown that takes longer than the grace and this many seconds is ended by force. */
const SHUTDOWN_MARGIN_SECONDS = 20;

const USAGE = 'Usage: main.js serve\n\n  serve   the HTTP API, the queue and the jobs (default)\n';

/** What a person who starts the worker wants to see; everything else is in the log. */
function greet(worker: RunningWorker, config: Config, address: string): void {
	const lines = [
		`GPU Media worker ${config.version} is ready at ${config.PUBLIC_URL ?? address} (documentation: ${address}/docs)`,
		worker.apiKey.file ? `API key: in ${worker.apiKey.file}` : 'API key: the one in X_API_KEY',
		`Video encoder: ${worker.encoders.encoders[0]?.name ?? 'none'}. ${worker.encoders.gpu.reason}`,
		config.s3
			? `Storage: S3 bucket ${config.s3.bucket}`
			: `Storage: local, in ${config.DATA_DIR}/files`,
		`Database: ${config.DATABASE_URL === undefined ? `embedded, in ${config.DATA_DIR}/postgres` : 'DATABASE_URL'}`,
	];
	process.stdout.write(`${lines.join('\n')}\n`);
}

/** Libraries hang whole clients and requests, keys included, on their errors: the log gets the plain facts. */
function describeError(error: unknown): unknown {
	if (!(error instanceof Error)) return String(error);
	const { code } = error as NodeJS.ErrnoException;
	return { type: error.name, code, message: error.message, stack: error.stack };
}

async function serve(config: Config): Promise<void> {
	const logger = pino({
		level: config.LOG_LEVEL,
		serializers: { err: describeError },
	});
	const starting = startWorker(config, logger);
	const stopped = stopOnSignals(starting, config);
	const worker = await starting;
	if (!stopped.aborted) greet(worker, config, `http://localhost:${new URL(worker.address).port}`);
}

/**
 * Ends the worker on SIGINT and SIGTERM. One that is still starting is ended as soon as it has started: its database
 * would live on without it.
 * @returns aborted by the first signal
 */
function stopOnSignals(starting: Promise<RunningWorker>, config: Config): AbortSignal {
	const stopped = new AbortController();
	const stop = async (): Promise<void> => {
		if (stopped.signal.aborted) return;
		stopped.abort();
		const limit = (config.SHUTDOWN_GRACE_SECONDS + SHUTDOWN_MARGIN_SECONDS) * 1000;
		setTimeout(() => process.exit(1), limit).unref();
		const worker = await starting.catch(() => undefined);
		await worker?.stop();
		process.exit(worker ? 0 : 1);
	};
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
	return stopped.signal;
}

/** What the system answers for a folder that cannot be used as a data folder. */
const FOLDER_ERRORS = [
	'EACCES',
	'EEXIST',
	'EISDIR',
	'ENOENT',
	'ENOSPC',
	'ENOTDIR',
	'EPERM',
	'EROFS',
];

/** Says in plain words why the start failed; the stack is for mistakes of ours only. */
function explain(error: unknown): string {
	if (error instanceof ConfigError || error instanceof CodedError) return error.message;
	if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
		return 'The port is taken by another program. Stop it, or set PORT to another number.';
	}
	const { code = '', path } = error as NodeJS.ErrnoException;
	if (FOLDER_ERRORS.includes(code) && path !== undefined) {
		return `The data folder cannot be used: ${path} cannot be read or written (${code}). Set DATA_DIR to a folder that belongs to the user the worker runs as.`;
	}
	if (['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN'].includes(code))
		return `This machine does not have the address of HOST (${code}). Set HOST to one of its own addresses, or to 0.0.0.0 for all.`;
	return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function main(command = 'serve'): Promise<void> {
	if (command !== 'serve') {
		process.stderr.write(USAGE);
		process.exit(2);
	}
	await serve(readConfig());
}

try {
	await main(process.argv[2]);
} catch (error) {
	process.stderr.write(`The worker cannot start. ${explain(error)}\n`);
	process.exit(1);
}
