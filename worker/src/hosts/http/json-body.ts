import type { FastifyInstance } from 'fastify';
import { CodedError } from '../../errors.ts';

/** Deepest nesting accepted; beyond some thousands the database and JSON.stringify give up. */
const MAX_DEPTH = 100;

interface Flaw {
	readonly path: readonly string[];
	readonly what: string;
}

/**
 * Refuses what JSON can say and PostgreSQL cannot keep: NUL characters, halves of surrogate pairs (an emoji cut in
 * two), and nesting without end.
 * @throws CodedError invalid_request naming the field
 */
export function assertStorable(body: unknown): void {
	const flaw = flawOf(body, 0);
	if (flaw === undefined) return;
	const field = flaw.path.join('.') || 'the body';
	throw new CodedError('invalid_request', `${field}: ${flaw.what}`, {
		details: { fields: [field] },
	});
}

function flawOf(value: unknown, depth: number): Flaw | undefined {
	if (typeof value === 'string') return flawOfText(value);
	if (typeof value !== 'object' || value === null) return undefined;
	if (depth >= MAX_DEPTH)
		return { path: [], what: `is nested deeper than ${MAX_DEPTH} levels. Make it flatter` };
	for (const key of Object.keys(value)) {
		const flaw =
			flawOfText(key) ?? within(key, flawOf((value as Record<string, unknown>)[key], depth + 1));
		if (flaw !== undefined) return flaw;
	}
	return undefined;
}

const within = (key: string, flaw: Flaw | undefined): Flaw | undefined =>
	flaw && { ...flaw, path: [key, ...flaw.path] };

function flawOfText(text: string): Flaw | undefined {
	if (text.includes('\0'))
		return { path: [], what: 'contains a NUL character (\\u0000). Remove it' };
	if (text.isWellFormed()) return undefined;
	return { path: [], what: 'contains half of a character (an emoji cut in two). Remove it' };
}

/** With any parameters, and with a vendor's prefix: application/json; charset=utf-8, application/vnd.api+json. */
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/** Reads JSON bodies. An empty one is no body: many clients send the type with every POST, also with a cancel. */
export function readJsonBodies(app: FastifyInstance): void {
	const parse = app.getDefaultJsonParser('error', 'error');
	app.removeContentTypeParser(['application/json', 'text/plain']);
	app.addContentTypeParser(JSON_TYPE, { parseAs: 'string' }, (request, text, done) => {
		if (text.length === 0) return done(null, undefined);
		void parse(request, String(text), (error, body) => {
			try {
				if (!error) assertStorable(body);
				done(error, body);
			} catch (refusal) {
				done(refusal as CodedError, undefined);
			}
		});
	});
}
