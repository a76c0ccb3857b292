import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeDataDir, spawnWorker } from '../support/worker.ts';

const dataDirs: string[] = [];
afterAll(() => Promise.all(dataDirs.map((folder) => rm(folder, { recursive: true, force: true }))));

async function dataDir(): Promise<string> {
	const made = await makeDataDir();
	dataDirs.push(made);
	return made;
}

const databaseLeft = (DATA_DIR: string): boolean =>
	existsSync(path.join(DATA_DIR, 'postgres', 'postmaster.pid'));

test('a start on a taken port says so and leaves nothing running', async () => {
	const DATA_DIR = await dataDir();
	const other = createServer().listen(0, '127.0.0.1');
	await once(other, 'listening');
	const PORT = String((other.address() as AddressInfo).port);
	await expect(spawnWorker({ DATA_DIR, PORT })).rejects.toThrow(/port is taken.*set PORT/i);
	other.close();
	expect(databaseLeft(DATA_DIR)).toBe(false);
	expect(existsSync(path.join(DATA_DIR, 'worker.pid'))).toBe(false);
});

test('a worker stopped while it is still starting takes its database with it', async () => {
	const DATA_DIR = await dataDir();
	const child = spawn(process.execPath, [path.resolve('worker/dist/main.js'), 'serve'], {
		env: { PATH: process.env['PATH'] ?? '', DATA_DIR, HOST: '127.0.0.1', PORT: '0' },
		stdio: 'ignore',
	});
	const ended = once(child, 'exit');
	await expect.poll(() => databaseLeft(DATA_DIR), { timeout: 30_000, interval: 5 }).toBe(true);
	child.kill('SIGINT');
	expect(await ended).toEqual([0, null]);
	expect(databaseLeft(DATA_DIR)).toBe(false);
});
