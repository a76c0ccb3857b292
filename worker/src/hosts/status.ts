import { availableParallelism } from 'node:os';
import type { Config } from '../config.ts';
import { toCodedError } from '../errors.ts';
import type { Executor } from '../executors/executor.ts';
import { freeBytes } from '../io/workspace.ts';
import type { Storage } from '../io/storage.ts';
import type { EncoderStatus } from '../media/encoder-probe.ts';
import type { JobStore } from './queue/job-store.ts';

/** The storage must tell within this time whether it works, in milliseconds. */
const CHECK_MS = 5000;

interface Parts {
	readonly config: Config;
	readonly store: JobStore;
	readonly storage: Storage;
	readonly encoders: EncoderStatus;
	readonly executor: Executor;
}

/** What GET /v1/status answers: what works here, and in one sentence each why something does not. */
export async function gatherStatus(parts: Parts): Promise<Record<string, unknown>> {
	const { config, store, storage, encoders, executor } = parts;
	const [queue, storageState, free] = await Promise.all([
		store.count(),
		checkStorage(storage),
		freeBytes(config.DATA_DIR),
	]);
	return {
		version: config.version,
		encoders: encoders.encoders.map(({ name, hardware }) => ({ name, hardware })),
		gpu: encoders.gpu,
		storage: storageState,
		queue,
		database: config.DATABASE_URL === undefined ? 'embedded' : 'external',
		executor: executor.describe(),
		machine: { cores: availableParallelism(), free_disk_bytes: free },
	};
}

async function checkStorage(storage: Storage): Promise<Record<string, unknown>> {
	try {
		await storage.check(AbortSignal.timeout(CHECK_MS));
		return { kind: storage.kind, ok: true };
	} catch (error) {
		const { code, message } = toCodedError(error);
		return { kind: storage.kind, ok: false, error: { code, message } };
	}
}
