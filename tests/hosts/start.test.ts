import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
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

test('a data folder that is none is named without a stack trace', async () => {
	const DATA_DIR = path.join(await dataDir(), 'file');
	await writeFile(DATA_DIR, '');
	const start = spawnWorker({ DATA_DIR });
	await expect(start).rejects.toThrow(/data folder cannot be used: .*file .*Set DATA_DIR/);
	await expect(start).rejects.not.toThrow(/at async|node:internal/);
});

test('an address of another machine is told as such, and a webhook that is refused is in the log', async () => {
	const DATA_DIR = await dataDir();
	await expect(spawnWorker({ DATA_DIR, HOST: '192.0.2.1' })).rejects.toThrow(/Set HOST/);
	const worker = await spawnWorker({ DATA_DIR, LOG_LEVEL: 'info' });
	const nowhere = { video_url: 'upload://nothing/v', audio_url: 'upload://nothing/a' };
	await worker.submit('addaudio', nowhere, {
		webhook: { url: 'http://10.0.0.1/', secret: 'hunter2' },
	});
	await expect
		.poll(() => worker.output(), { timeout: 20_000 })
		.toMatch(/webhook could not be called: 10\.0\.0\.1 has a private/);
	expect(worker.output()).not.toContain('hunter2');
	await worker.kill('SIGTERM');
});
