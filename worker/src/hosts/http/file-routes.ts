import { createReadStream } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CodedError } from '../../errors.ts';
import type { OpenedFile } from '../../io/local-storage.ts';
import { parseRange } from '../../io/parse-range.ts';
import type { App, AppParts } from './app.ts';

/** Percent-encoded as RFC 8187 wants it, so that any file name survives the header. */
const disposition = (filename: string): string =>
	`inline; filename*=UTF-8''${encodeURIComponent(filename).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`;

/** If-None-Match is a list, its tags may be weak, and * stands for any (RFC 9110, 13.1.2). */
const isKnown = (header: string | undefined, etag: string): boolean =>
	(header ?? '').split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));

function sendFile(request: FastifyRequest, reply: FastifyReply, file: OpenedFile): FastifyReply {
	reply
		.header('accept-ranges', 'bytes')
		.header('etag', file.etag)
		.header('last-modified', file.lastModified.toUTCString())
		.header('cache-control', 'private, max-age=0, must-revalidate')
		.header('content-type', file.contentType)
		.header('x-content-type-options', 'nosniff')
		.header('content-disposition', disposition(file.filename));
	if (isKnown(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
	// A range of an older version (RFC 9110, 13.1.5) is answered with the whole of this one.
	const ifRange = request.headers['if-range'];
	const current =
		ifRange === undefined || ifRange === file.etag || ifRange === file.lastModified.toUTCString();
	const range = parseRange(current ? request.headers.range : undefined, file.sizeBytes);
	if (range.kind === 'unsatisfiable') {
		return reply.code(416).header('content-range', `bytes */${file.sizeBytes}`).send();
	}
	const part = range.kind === 'part' ? { start: range.start, end: range.end } : undefined;
	if (part)
		reply.code(206).header('content-range', `bytes ${part.start}-${part.end}/${file.sizeBytes}`);
	reply.header('content-length', part ? part.end - part.start + 1 : file.sizeBytes);
	if (request.method === 'HEAD' || file.sizeBytes === 0) return reply.send();
	return reply.send(createReadStream(file.path, part));
}

/** GET and HEAD /files/{key}: published files of the local storage, by signed link. */
export function fileRoutes(app: App, parts: AppParts): void {
	const { localStorage } = parts;
	if (!localStorage) return;
	app.route({
		method: ['GET', 'HEAD'],
		url: '/files/*',
		config: { open: true },
		schema: {
			summary: 'Get a published file by its signed link; Range requests work',
			tags: ['files'],
			params: z.object({ '*': z.string() }),
			querystring: z.object({ expires: z.string().optional(), signature: z.string().optional() }),
		},
		handler: async (request, reply) => {
			try {
				return sendFile(
					request,
					reply,
					await localStorage.open(request.params['*'], request.query),
				);
			} catch (error) {
				throw asLinkError(error);
			}
		},
	});
}

/** The storage speaks of inputs; to someone who follows a link, a refused one is 403 and a missing one 404. */
function asLinkError(error: unknown): unknown {
	if (!(error instanceof CodedError)) return error;
	if (error.code === 'input_not_found') return new CodedError('not_found', error.message);
	if (error.code === 'input_forbidden') return new CodedError('forbidden', error.message);
	return error;
}
