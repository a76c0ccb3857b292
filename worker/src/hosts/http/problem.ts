import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
	hasZodFastifySchemaValidationErrors,
	type ZodFastifySchemaValidationError,
} from 'fastify-type-provider-zod';
import { CodedError, toCodedError, type ErrorCode } from '../../errors.ts';
import { describeIssues, type SchemaIssue } from './issues.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** The route answers in the form of the older API: `{code, message}`. */
		older?: boolean;
		/** The route needs no key. */
		open?: boolean;
	}
}

/** Seconds a client should wait after 429 and 503 when nothing better is known. */
const RETRY_AFTER_SECONDS = 5;

const UNSUPPORTED_MEDIA_TYPE = 415;

/** What Fastify itself refuses, as our codes; anything else of its own is a bad request. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
	401: 'unauthorized',
	404: 'not_found',
	413: 'input_too_large',
	429: 'too_many_requests',
};

/** The validator plugin wraps zod's issues in the form of another schema language; this takes them out again. */
const asIssue = (wrapped: ZodFastifySchemaValidationError): SchemaIssue => ({
	code: wrapped.keyword,
	path: wrapped.instancePath.split('/').filter((part) => part !== ''),
	message: wrapped.message ?? 'is not valid',
	keys: (wrapped.params as { keys?: string[] }).keys,
});

function asCoded(error: unknown): CodedError {
	if (error instanceof CodedError) return error;
	if (hasZodFastifySchemaValidationErrors(error)) {
		const { message, fields } = describeIssues(error.validation.map(asIssue));
		return new CodedError('invalid_request', message, { details: { fields } });
	}
	const { statusCode, message } = error as FastifyError;
	if (statusCode === UNSUPPORTED_MEDIA_TYPE) {
		return new CodedError(
			'invalid_request',
			'This type of body is not read here. Send JSON, with the header Content-Type: application/json.',
		);
	}
	if (statusCode !== undefined && statusCode < 500) {
		return new CodedError(CODE_OF_STATUS[statusCode] ?? 'invalid_request', message);
	}
	return toCodedError(error);
}

/** Answers every failure of a route as `{error: {code, message, details?}}`, or as the older API did. */
export function answerError(
	error: unknown,
	request: FastifyRequest,
	reply: FastifyReply,
): FastifyReply {
	const coded = asCoded(error);
	if (coded.code === 'internal') request.log.error({ err: error }, 'request failed');
	if (coded.status === 429 || coded.status === 503) {
		if (!reply.hasHeader('retry-after')) reply.header('retry-after', RETRY_AFTER_SECONDS);
	}
	reply.code(coded.status);
	if (request.routeOptions.config?.older)
		return reply.send({ code: coded.status, message: coded.message });
	return reply.send({
		error: {
			code: coded.code,
			message: coded.message,
			...(coded.details ? { details: coded.details } : {}),
		},
	});
}
