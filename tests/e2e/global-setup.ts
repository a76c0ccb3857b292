import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { startN8n } from './support/n8n.ts';
import { LOG_FOLDER } from './support/paths.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** Address of the one real n8n that all test files share. */
		n8nUrl: string;
	}
}

export default async function startOnce(project: TestProject): Promise<() => Promise<void>> {
	await rm(LOG_FOLDER, { recursive: true, force: true });
	const n8n = await startN8n();
	project.provide('n8nUrl', n8n.url);
	return async () => n8n[Symbol.asyncDispose]();
}
