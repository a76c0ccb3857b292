import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What the demo reads of a job; the API's documentation (/docs) has all of it. */
export interface Job {
	readonly id: string;
	readonly status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
	readonly progress: { readonly percent: number };
	readonly result: Record<string, unknown> | null;
	readonly error: { readonly code: string; readonly message: string } | null;
}

export interface Api {
	readonly url: string;
	readonly key: string;
	readonly signal: AbortSignal;
}

/** Longest wait for one answer, in seconds: short, so that progress is seen. */
const WAIT = 1;

/** How long the worker may take to accept a cancel, in milliseconds. */
const CANCEL_MS = 2000;

async function call(api: Api, route: string, init: RequestInit = {}): Promise<Response> {
	const response = await fetch(new URL(route, api.url), {
		...init,
		headers: { 'x-api-key': api.key, ...init.headers },
		signal: api.signal,
	});
	if (response.ok) return response;
	throw new Error(`The worker answered ${response.status}: ${await response.text()}`);
}

/** Sends a file to the worker and answers the reference that stands for it in a job's input. */
export async function upload(api: Api, file: string): Promise<string> {
	const response = await call(api, `/v1/files/${encodeURIComponent(path.basename(file))}`, {
		method: 'PUT',
		headers: { 'content-type': 'application/octet-stream' },
		body: Readable.toWeb(createReadStream(file)) as ReadableStream,
		duplex: 'half',
	} as RequestInit);
	return ((await response.json()) as { url: string }).url;
}

/**
 * Submits a job and waits for its end.
 * @throws Error with the worker's message when the job does not succeed
 */
export async function runJob<Result>(
	api: Api,
	job: { readonly operation: string; readonly input: unknown },
	onProgress: (percent: number) => void,
): Promise<Result> {
	const body = JSON.stringify(job);
	const headers = { 'content-type': 'application/json' };
	const submitted = await call(api, '/v1/jobs', { method: 'POST', headers, body });
	let view = (await submitted.json()) as Job;
	try {
		while (view.status === 'queued' || view.status === 'running') {
			onProgress(view.progress.percent);
			view = (await (await call(api, `/v1/jobs/${view.id}?wait=${WAIT}`)).json()) as Job;
		}
	} catch (error) {
		await cancel(api, view.id);
		throw error;
	}
	if (view.status === 'succeeded') return view.result as Result;
	throw new Error(`The ${job.operation} job ${view.id} ${view.status}: ${view.error?.message}`);
}

/** A job nobody waits for would keep the worker from stopping, and run again with the next demo. */
async function cancel(api: Api, id: string): Promise<void> {
	const signal = AbortSignal.timeout(CANCEL_MS);
	await call({ ...api, signal }, `/v1/jobs/${id}/cancel`, { method: 'POST' }).catch(
		() => undefined,
	);
}

/** Saves what a result's URL leads to. The URL is signed: it needs no key. */
export async function download(api: Api, url: string, file: string): Promise<void> {
	const response = await fetch(url, { signal: api.signal });
	if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
	await pipeline(Readable.fromWeb(response.body as never), createWriteStream(file));
}
