import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { CodedError, toCodedError } from './errors.ts';
import { LocalExecutor } from './executors/local.ts';
import { EncoderSlots } from './executors/local-resources.ts';
import { startEmbeddedDatabase } from './hosts/database/embedded.ts';
import { lockDataFolder } from './hosts/database/folder-lock.ts';
import { outliveBrokenConnections, outliveInQueue } from './hosts/database/outlive.ts';
import { prepareSchema } from './hosts/database/schema.ts';
import { createApp } from './hosts/http/app.ts';
import { loadApiKey, type ApiKey } from './hosts/http/auth.ts';
import { Metrics } from './hosts/metrics.ts';
import { JobEvents } from './hosts/queue/job-events.ts';
import { JobRunner } from './hosts/queue/job-runner.ts';
import { JobStore } from './hosts/queue/job-store.ts';
import { forgetDeletedJobs, recoverLostJobs } from './hosts/queue/lost-jobs.ts';
import { createBoss, createQueues } from './hosts/queue/queues.ts';
import { gatherStatus } from './hosts/status.ts';
import { Webhooks } from './hosts/webhook.ts';
import { createGuardedHttp } from './io/address-guard.ts';
import { LocalStorage } from './io/local-storage.ts';
import { S3Storage } from './io/s3-storage.ts';
import { sweepWork } from './io/workspace.ts';
import { probeEncoders, type EncoderStatus } from './media/encoder-probe.ts';

/** Uploads nobody used within this time are removed, in milliseconds: a day, so that a paused workflow finds its own. */
const UPLOAD_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** How often old uploads and records are cleared away, in milliseconds. */
const CLEANING_MS = 60 * 60 * 1000;

/** A worker that runs. */
export interface RunningWorker {
	/** An http URL it listens at. */
	readonly address: string;
	readonly apiKey: ApiKey;
	readonly encoders: EncoderStatus;
	/** Ends in order: HTTP, queue (jobs finish or are given back), database last. Safe to call twice. */
	stop(): Promise<void>;
}

async function openStorage(
	config: Config,
): Promise<{ storage: LocalStorage | S3Storage; localStorage: LocalStorage | undefined }> {
	if (config.s3) return { storage: new S3Storage(config.s3), localStorage: undefined };
	const localStorage = await LocalStorage.open(config.DATA_DIR);
	return { storage: localStorage, localStorage };
}

/** Hosts of our own storage: links to what one job published are inputs of the next. */
const storageHosts = (config: Config): string[] =>
	[config.s3?.endpointUrl, config.s3?.publicUrl].flatMap((url) => (url ? [new URL(url).host] : []));

/** This worker's name in the database: by it a restarted worker finds the jobs it had. */
async function loadWorkerId(folder: string): Promise<string> {
	const file = join(folder, 'worker-id');
	if (!existsSync(file)) await writeFile(file, `${randomUUID()}\n`);
	return (await readFile(file, 'utf8')).trim();
}

/**
 * Starts everything a worker is made of. It listens, and takes jobs, when the promise resolves.
 * @throws Error with a sentence for the person who started it
 */
export async function startWorker(config: Config, logger: Logger): Promise<RunningWorker> {
	const stack = new AsyncDisposableStack();
	try {
		const folder = config.DATA_DIR;
		stack.use(await lockDataFolder(folder));
		const work = join(folder, 'work');
		await sweepWork(work);
		await mkdir(work, { recursive: true, mode: 0o700 });

		const url = config.DATABASE_URL ?? (await embeddedDatabase(folder, stack, logger));
		const [encoders, { storage, localStorage }] = await Promise.all([
			probeEncoders(config.USE_GPU, { folder: work }),
			openStorage(config),
		]);
		const pool = new pg.Pool({
			connectionString: url,
			max: 10,
			application_name: 'gpu-media-worker',
		});
		pool.on('error', (error) => logger.warn({ err: error }, 'database connection lost'));
		outliveBrokenConnections(pool);
		stack.defer(() => pool.end());

		await assertReachable(pool);
		const boss = createBoss(url, logger);
		await boss.start();
		outliveInQueue(boss);
		stack.defer(() => boss.stop({ graceful: false }));
		await createQueues(boss, config);
		await prepareSchema(pool);

		const events = new JobEvents(url, logger);
		await events.start();
		stack.defer(() => events.stop());

		// Not waited for: a store that is down when the worker starts may be up when a job needs it.
		void checkStorage(storage, logger);
		const http = createGuardedHttp({
			allowedInternalHosts: [...config.ALLOWED_INTERNAL_HOSTS, ...storageHosts(config)],
		});
		const store = new JobStore(pool, boss);
		const executor = new LocalExecutor({
			config,
			storage,
			http,
			encoders,
			slots: new EncoderSlots(config),
		});
		const metrics = new Metrics(() => store.count());
		const workerId = await loadWorkerId(folder);
		const runner = new JobRunner({
			boss,
			pool,
			events,
			executor,
			config,
			logger,
			workerId,
			onFinished: (operation, outcome, seconds) => metrics.jobEnded(operation, outcome, seconds),
		});
		const webhooks = new Webhooks({ pool, boss, store, events, http, logger });
		const lost = await recoverLostJobs(pool, boss, workerId);
		if (lost > 0) logger.info({ jobs: lost }, 'jobs that were cut off run again');

		const closing = new AbortController();
		const apiKey = await loadApiKey(config.X_API_KEY, folder);
		const app = await createApp({
			config,
			logger,
			apiKey: apiKey.value,
			store,
			events,
			storage,
			localStorage,
			status: () => gatherStatus({ config, store, storage, encoders, executor }),
			metrics: () => metrics.read(),
			closing: closing.signal,
		});
		stack.defer(() => webhooks.stop());
		stack.defer(() => runner.stop(config.SHUTDOWN_GRACE_SECONDS));
		stack.defer(() => app.close());
		stack.defer(() => closing.abort());
		stack.use(every(CLEANING_MS, () => clean(storage, pool, logger)));

		// Listening first: a worker whose port is taken must not take other workers' jobs before it gives up.
		const address = await app.listen({ host: config.HOST, port: config.PORT });
		await webhooks.start();
		await runner.start();
		return { address, apiKey, encoders, stop: () => stack.disposeAsync() };
	} catch (error) {
		await stack.disposeAsync();
		throw error;
	}
}

async function embeddedDatabase(
	folder: string,
	stack: AsyncDisposableStack,
	logger: Logger,
): Promise<string> {
	const database = await startEmbeddedDatabase(folder, () =>
		logger.error('the embedded database had died and is started again'),
	);
	stack.defer(() => database.stop());
	return database.url;
}

/** pg's own words name the host or the user and never the password. */
async function assertReachable(pool: pg.Pool): Promise<void> {
	try {
		await pool.query('SELECT 1');
	} catch (error) {
		const why = error instanceof AggregateError ? String(error.errors[0]) : String(error);
		throw new CodedError('unavailable', `The database of DATABASE_URL cannot be used: ${why}`, {
			cause: error,
		});
	}
}

function every(ms: number, work: () => Promise<void>): Disposable {
	const timer = setInterval(() => void work(), ms);
	return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function checkStorage(storage: LocalStorage | S3Storage, logger: Logger): Promise<void> {
	try {
		await storage.check();
	} catch (error) {
		const { code, message } = toCodedError(error);
		logger.warn({ code }, `The storage does not work yet. ${message}`);
	}
}

async function clean(
	storage: LocalStorage | S3Storage,
	pool: pg.Pool,
	logger: Logger,
): Promise<void> {
	try {
		await storage.sweepUploads(UPLOAD_LIFETIME_MS);
		await forgetDeletedJobs(pool);
	} catch (error) {
		logger.warn({ err: error }, 'clearing away old uploads and records');
	}
}
