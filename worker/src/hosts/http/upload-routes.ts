import { z } from 'zod';
import type { Readable } from 'node:stream';
import type { App, AppParts } from './app.ts';
import { clientSignal } from './job-routes.ts';

/** PUT /v1/files/{name}: takes a file as the raw body, of any type and length, straight to the storage. */
export function uploadRoutes(app: App, parts: AppParts): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
	app.route({
		method: 'PUT',
		url: '/v1/files/:name',
		bodyLimit: Number.MAX_SAFE_INTEGER,
		schema: {
			summary: 'Upload an input; the answered url can be used wherever an input URL can',
			tags: ['files'],
			params: z.object({ name: z.string().min(1).max(255) }),
			response: { 201: z.object({ url: z.string(), size_bytes: z.number() }) },
		},
		handler: async (request, reply) => {
			const saved = await parts.storage.saveUpload({
				name: request.params.name,
				contentType: request.headers['content-type'],
				body: (request.body ?? request.raw) as Readable,
				maxBytes: parts.config.MAX_INPUT_MB * 1024 * 1024,
				signal: clientSignal(reply, parts.closing),
			});
			return reply.code(201).send({ url: saved.reference, size_bytes: saved.sizeBytes });
		},
	});
}
