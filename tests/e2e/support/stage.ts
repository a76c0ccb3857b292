import { inject } from 'vitest';
import { makeMedia } from './media.ts';
import { MediaServer } from './media-server.ts';
import { N8nApi } from './n8n-api.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { Worker } from './worker.ts';

/** What a workflow needs around it: the n8n of the run, a worker, and test media to fetch. */
export class Stage implements AsyncDisposable {
	readonly n8n: N8nApi;
	readonly worker: Worker;
	readonly media: MediaServer;
	readonly #resources: AsyncDisposableStack;

	private constructor(
		parts: { n8n: N8nApi; worker: Worker; media: MediaServer },
		resources: AsyncDisposableStack,
	) {
		this.n8n = parts.n8n;
		this.worker = parts.worker;
		this.media = parts.media;
		this.#resources = resources;
	}

	static async set(): Promise<Stage> {
		await using resources = new AsyncDisposableStack();
		const n8n = await N8nApi.login(inject('n8nUrl'));
		const { path: folder } = resources.use(await TemporaryFolder.make('media'));
		await makeMedia(folder);
		const media = resources.use(await MediaServer.start(folder));
		const worker = resources.use(await Worker.start([media.host]));
		return new Stage({ n8n, worker, media }, resources.move());
	}

	[Symbol.asyncDispose](): Promise<void> {
		return this.#resources.disposeAsync();
	}
}
