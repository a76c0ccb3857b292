import { z } from 'zod';
import { CodedError } from '../../errors.ts';
import { hasEnded, type JobView } from '../../job.ts';
import type { App, AppParts } from './app.ts';
import { clientSignal } from './job-routes.ts';

/** A comment is sent this often, in milliseconds, so that proxies keep a quiet stream open. */
const KEEP_ALIVE_MS = 15_000;

const format = (event: string, view: JobView): string =>
	`event: ${event}\ndata: ${JSON.stringify(view)}\n\n`;

/** GET /v1/jobs/{id}/events: server-sent events "progress" while the job runs, and one "end". */
export function eventRoutes(app: App, parts: AppParts): void {
	const { store, events, closing } = parts;
	app.route({
		method: 'GET',
		url: '/v1/jobs/:id/events',
		schema: {
			summary: 'Follow a job as server-sent events',
			tags: ['jobs'],
			params: z.object({ id: z.uuid() }),
			produces: ['text/event-stream'],
		},
		handler: async (request, reply) => {
			const { id } = request.params;
			const view = await store.get(id);
			if (!view) throw new CodedError('not_found', `There is no job ${id}.`);
			reply.hijack();
			const stream = reply.raw;
			stream.writeHead(200, {
				'content-type': 'text/event-stream',
				'cache-control': 'no-store',
				'x-accel-buffering': 'no',
			});
			const signal = clientSignal(reply, closing);
			const keepAlive = setInterval(() => stream.write(':\n\n'), KEEP_ALIVE_MS);
			const finished = new Promise<void>((resolve) =>
				signal.addEventListener('abort', () => resolve(), { once: true }),
			);
			const send = async (jobId: string): Promise<void> => {
				if (jobId !== id || stream.writableEnded) return;
				const now = await store.get(id).catch(() => undefined);
				if (!now || stream.writableEnded) return;
				stream.write(format(hasEnded(now.status) ? 'end' : 'progress', now));
				if (hasEnded(now.status)) stream.end();
			};
			events.on('progress', send);
			events.on('state', send);
			stream.once('close', () => {
				clearInterval(keepAlive);
				events.off('progress', send);
				events.off('state', send);
			});
			await send(id);
			void finished.then(() => stream.end());
		},
	});
}
