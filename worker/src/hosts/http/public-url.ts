import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';

/**
 * Where links to local files start: PUBLIC_URL, else the address this client reached the worker at, which is the
 * one address known to work for it (an n8n in a container calls another name than a browser does).
 */
export function publicUrlOf(request: FastifyRequest, config: Config): string {
	if (config.PUBLIC_URL !== undefined) return config.PUBLIC_URL;
	const host = request.host;
	return /^[a-z0-9.:[\]_-]+$/i.test(host) ? `http://${host}` : `http://localhost:${config.PORT}`;
}
