import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { N8nApi } from './support/n8n-api.ts';
import { freePort } from './support/port.ts';
import { Worker } from './support/worker.ts';

let n8n: N8nApi;
let worker: Worker;

beforeAll(async () => {
	n8n = await N8nApi.login(inject('n8nUrl'));
	worker = await Worker.start([]);
});

afterAll(() => worker?.[Symbol.asyncDispose]());

test('the right key passes', async () => {
	expect(await n8n.testCredential(worker.credential)).toMatchObject({ status: 'OK' });
});

test('a slash and spaces around the address do no harm', async () => {
	const untidy = { ...worker.credential, baseUrl: ` ${worker.credential.baseUrl}/ ` };
	expect(await n8n.testCredential(untidy)).toMatchObject({ status: 'OK' });
});

test('a wrong key fails', async () => {
	const wrong = { ...worker.credential, apiKey: 'not-the-key' };
	expect(await n8n.testCredential(wrong)).toMatchObject({ status: 'Error' });
});

test('an address where no worker is fails', async () => {
	const nowhere = { ...worker.credential, baseUrl: `http://127.0.0.1:${await freePort()}` };
	expect(await n8n.testCredential(nowhere)).toMatchObject({ status: 'Error' });
});
