import { z } from 'zod';
import type { App, AppParts } from './app.ts';

/** GET /health, /v1/me, /v1/status and /metrics. */
export function statusRoutes(app: App, parts: AppParts): void {
	const { version } = parts.config;

	app.route({
		method: 'GET',
		url: '/health',
		config: { open: true, rateLimit: false },
		schema: {
			summary: 'Whether the worker is alive',
			tags: ['status'],
			security: [],
			response: { 200: z.object({ status: z.literal('ok'), version: z.string() }) },
		},
		handler: async () => ({ status: 'ok' as const, version }),
	});

	app.route({
		method: 'GET',
		url: '/v1/me',
		schema: {
			summary: 'What the key may do; a test of the credential',
			tags: ['status'],
			response: {
				200: z.object({ name: z.string(), scopes: z.array(z.string()), version: z.string() }),
			},
		},
		handler: async () => ({ name: 'default', scopes: ['jobs', 'files', 'status'], version }),
	});

	app.route({
		method: 'GET',
		url: '/v1/status',
		schema: {
			summary: 'Encoders and why not, storage, queue, executor',
			tags: ['status'],
			response: { 200: z.record(z.string(), z.unknown()) },
		},
		handler: () => parts.status(),
	});

	app.route({
		method: 'GET',
		url: '/metrics',
		schema: { summary: 'Figures for Prometheus', tags: ['status'], produces: ['text/plain'] },
		handler: async (_request, reply) => {
			const { contentType, text } = await parts.metrics();
			return reply.type(contentType).send(text);
		},
	});

	app.route({
		method: 'GET',
		url: '/openapi.json',
		config: { open: true },
		schema: { hide: true },
		handler: async (_request, reply) =>
			reply.type('application/json').send(JSON.stringify(app.swagger())),
	});
}
