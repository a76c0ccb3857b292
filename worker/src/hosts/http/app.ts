import cors from '@fastify/cors';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import {
	jsonSchemaTransform,
	serializerCompiler,
	validatorCompiler,
	type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Config } from '../../config.ts';
import { CodedError } from '../../errors.ts';
import type { LocalStorage } from '../../io/local-storage.ts';
import type { Storage } from '../../io/storage.ts';
import type { JobEvents } from '../queue/job-events.ts';
import type { JobStore } from '../queue/job-store.ts';
import { requireKey } from './auth.ts';
import { eventRoutes } from './event-routes.ts';
import { fileRoutes } from './file-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { readJsonBodies } from './json-body.ts';
import { olderRoutes } from './older-routes.ts';
import { answerError } from './problem.ts';
import { statusRoutes } from './status-routes.ts';
import { uploadRoutes } from './upload-routes.ts';

/** What the routes stand on. Everything is started already. */
export interface AppParts {
	readonly config: Config;
	readonly logger: FastifyBaseLogger;
	readonly apiKey: string;
	readonly store: JobStore;
	readonly events: JobEvents;
	readonly storage: Storage;
	readonly localStorage: LocalStorage | undefined;
	/** Facts of GET /v1/status, gathered when asked. */
	readonly status: () => Promise<Record<string, unknown>>;
	readonly metrics: () => Promise<{ contentType: string; text: string }>;
	/** Aborted when the server is about to close, so that long polls and event streams end. */
	readonly closing: AbortSignal;
}

export type App = ReturnType<typeof withTypes>;

/** Largest JSON body in bytes: subtitles as text are at most 5 million characters. */
const BODY_LIMIT = 24 * 1024 * 1024;

const withTypes = (app: FastifyInstance) => app.withTypeProvider<ZodTypeProvider>();

const DESCRIPTION =
	'Captions videos, animates still images and replaces audio. Submit a job, wait for it, take the URL of its result.';

/** The HTTP API. Listens to nothing yet: tests inject requests, main.ts listens. */
export async function createApp(parts: AppParts): Promise<App> {
	const fastify = Fastify({
		loggerInstance: parts.logger,
		logController: new LogController({ disableRequestLogging: true }),
		bodyLimit: BODY_LIMIT,
		forceCloseConnections: true,
		routerOptions: { maxParamLength: 2048 },
		// Addresses that no route can be found for, because they are no addresses.
		frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
	});
	fastify.setValidatorCompiler(validatorCompiler);
	fastify.setSerializerCompiler(serializerCompiler);
	fastify.setErrorHandler(answerError);
	fastify.setNotFoundHandler((request) => {
		throw new CodedError(
			'not_found',
			`There is nothing at ${request.method} ${request.url.split('?', 1)[0]}. See /docs.`,
		);
	});
	await registerPlugins(fastify, parts.config);
	requireKey(fastify, parts.apiKey);
	readJsonBodies(fastify);
	const app = withTypes(fastify);
	for (const routes of [
		statusRoutes,
		jobRoutes,
		eventRoutes,
		uploadRoutes,
		fileRoutes,
		olderRoutes,
	]) {
		await app.register(async (scope) =>
			routes(withTypes(scope as unknown as FastifyInstance), parts),
		);
	}
	await app.ready();
	return app;
}

async function registerPlugins(app: FastifyInstance, config: Config): Promise<void> {
	const origins = config.CORS_ALLOW_ORIGINS;
	await app.register(cors, {
		origin: origins.includes('*') ? true : origins.length > 0 ? origins : false,
	});
	await app.register(rateLimit, {
		max: config.RATE_LIMIT_PER_MINUTE,
		timeWindow: '1 minute',
		errorResponseBuilder: (_request, context) =>
			new CodedError(
				'too_many_requests',
				`Too many requests: at most ${context.max} a minute. Try again in ${context.after}.`,
			),
	});
	await app.register(swagger, {
		openapi: {
			info: { title: 'GPU Media worker', description: DESCRIPTION, version: config.version },
			components: {
				securitySchemes: {
					apiKey: { type: 'apiKey', name: 'X-API-Key', in: 'header' },
					bearer: { type: 'http', scheme: 'bearer' },
				},
			},
			security: [{ apiKey: [] }, { bearer: [] }],
		},
		transform: jsonSchemaTransform,
	});
	// The documentation holds no secrets, and a browser can't send the key with a page load.
	app.addHook('onRoute', (route) => {
		if (route.url.startsWith('/docs')) route.config = { ...route.config, open: true };
	});
	await app.register(swaggerUi, { routePrefix: '/docs' });
}
