import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inUse = new Set<string>();

// After Ctrl-C nobody disposes, and each n8n leaves tens of megabytes.
process.once('exit', () => {
	for (const folder of inUse) rmSync(folder, { recursive: true, force: true });
});

/** A folder under the system's temporary folder that goes away with its scope. */
export class TemporaryFolder implements AsyncDisposable {
	readonly path: string;

	private constructor(path: string) {
		this.path = path;
		inUse.add(path);
	}

	/** Mode 755, because PostgreSQL, which never runs as root, must be able to walk through it to its data. */
	static async make(name: string): Promise<TemporaryFolder> {
		const path = await mkdtemp(join(tmpdir(), `gpu-media-e2e-${name}-`));
		await chmod(path, 0o755);
		return new TemporaryFolder(path);
	}

	async [Symbol.asyncDispose](): Promise<void> {
		await rm(this.path, { recursive: true, force: true, maxRetries: 3 });
		inUse.delete(this.path);
	}
}
