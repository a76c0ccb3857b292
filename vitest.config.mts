import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	resolve: {
		// The build that n8n itself loads. Its other one is not in Node's form, so Vitest would compile it anew.
		alias: { 'n8n-workflow': createRequire(import.meta.url).resolve('n8n-workflow') },
	},
	test: {
		include: ['tests/**/*.test.ts'],
		exclude: ['tests/e2e/**', '**/node_modules/**'],
		pool: 'forks',
		maxWorkers: 2,
		// Real ffmpeg, PostgreSQL and S3 on two shared cores: the limit catches a hang, not slowness.
		testTimeout: 120_000,
		hookTimeout: 120_000,
	},
});
