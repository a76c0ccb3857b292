import { defineConfig } from 'vitest/config';

export default defineConfig({
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
