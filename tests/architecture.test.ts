import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCE = 'worker/src';

/** Longest file allowed, in lines: one reason to exist each. */
const MAX_LINES = 250;

const filesIn = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => path.join(entry.parentPath, entry.name));

/** Where the relative imports of a file lead, from the root of the project. */
function importsOf(file: string): string[] {
	const text = readFileSync(file, 'utf8');
	return [...text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(([, target]) =>
		path.join(path.dirname(file), target ?? ''),
	);
}

const inside = (file: string, ...parts: string[]): boolean =>
	file.startsWith(path.join(SOURCE, ...parts) + path.sep);

const worker = filesIn(SOURCE);
const nodes = [...filesIn('nodes'), ...filesIn('credentials')];

/** The parts of media/ that start no process and read no file. */
const PURE_MEDIA = /media\/(args|encoders|media-info|mp4-presentation|subtitles\/[\w-]+)\.ts$/;

function violations(files: string[], allowed: (from: string, to: string) => boolean): string[] {
	return files.flatMap((from) =>
		importsOf(from)
			.filter((to) => !allowed(from, to))
			.map((to) => `${from} → ${to}`),
	);
}

describe('imports go one way', () => {
	test('media/ and io/ know neither each other nor what is above them', () => {
		const forbidden = (to: string) =>
			['operations', 'executors', 'hosts'].some((part) => inside(to, part));
		expect(
			violations(
				worker.filter((file) => inside(file, 'media')),
				(_, to) => !forbidden(to) && !inside(to, 'io'),
			),
		).toEqual([]);
		expect(
			violations(
				worker.filter((file) => inside(file, 'io')),
				(_, to) => !forbidden(to) && !inside(to, 'media'),
			),
		).toEqual([]);
	});

	test('operations reach the world through their context: of media/ they import the pure parts only', () => {
		const operations = worker.filter((file) => inside(file, 'operations'));
		const allowed = (_: string, to: string) =>
			!['io', 'executors', 'hosts'].some((part) => inside(to, part)) &&
			(!inside(to, 'media') || PURE_MEDIA.test(to));
		expect(violations(operations, allowed)).toEqual([]);
	});

	test('executors do not know their hosts', () => {
		expect(
			violations(
				worker.filter((file) => inside(file, 'executors')),
				(_, to) => !inside(to, 'hosts'),
			),
		).toEqual([]);
	});

	test('hosts do not reach around the executors', () => {
		const hosts = worker.filter((file) => inside(file, 'hosts'));
		// Types of what the status tells are all they may know of media/.
		const allowed = (_: string, to: string) =>
			!inside(to, 'media') || to.endsWith('encoder-probe.ts');
		expect(violations(hosts, allowed)).toEqual([]);
	});

	test('the published nodes import nothing of the worker', () => {
		expect(violations(nodes, (_, to) => !to.startsWith('worker'))).toEqual([]);
	});
});

test('only config.ts reads the environment', () => {
	const readers = worker.filter((file) => /process\.env\b/.test(readFileSync(file, 'utf8')));
	expect(readers).toEqual([path.join(SOURCE, 'config.ts')]);
});

test('no file is too long', () => {
	const long = [...worker, ...nodes].filter(
		(file) =>
			!file.endsWith('shared/contract.ts') &&
			readFileSync(file, 'utf8').split('\n').length - 1 > MAX_LINES,
	);
	expect(long).toEqual([]);
});

test('the published package has no runtime dependencies and ships dist only', () => {
	const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
	expect(manifest['dependencies']).toBeUndefined();
	expect(manifest['files']).toEqual(['dist']);
	expect(manifest['peerDependencies']).toEqual({ 'n8n-workflow': '*' });
});

test('the lock files name no registry', () => {
	for (const file of ['package-lock.json', 'tests/e2e/n8n/package-lock.json']) {
		expect(readFileSync(file, 'utf8')).not.toMatch(/"resolved":\s*"https?:/);
	}
});
