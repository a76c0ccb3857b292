import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		root: import.meta.dirname,
		include: ['*.test.ts'],
		globalSetup: ['global-setup.ts'],
		pool: 'forks',
		// One n8n and one worker at a time: they share two cores with the ffmpeg runs they start.
		fileParallelism: false,
		maxWorkers: 1,
		// The limits catch a hang, not slowness.
		testTimeout: 300_000,
		hookTimeout: 300_000,
	},
});
