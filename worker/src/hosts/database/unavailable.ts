import { CodedError } from '../../errors.ts';

/** System errors of a connection that cannot be made or broke. */
const SYSTEM_CODES = new Set([
	'ECONNREFUSED',
	'ECONNRESET',
	'ENOTFOUND',
	'EAI_AGAIN',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'EPIPE',
]);

/**
 * SQLSTATEs of a server that is there but takes no queries now: class 08 (connection), 53 (resources), 57P
 * (shutting down, starting up). PostgreSQL, appendix A.
 */
const SQL_STATES = /^(08|53|57P)/;

/** What pg throws for a connection that ended in the middle of something; these have no code. */
const MESSAGES =
	/^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

function isUnavailable(error: unknown): boolean {
	if (error instanceof AggregateError) return error.errors.some(isUnavailable);
	const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
	if (typeof code === 'string') return SYSTEM_CODES.has(code) || SQL_STATES.test(code);
	return typeof message === 'string' && MESSAGES.test(message);
}

/** A failed query as the error to throw: `unavailable` when the database is out of reach, else the error itself. */
export function databaseError(error: unknown): unknown {
	if (error instanceof CodedError || !isUnavailable(error)) return error;
	return new CodedError(
		'unavailable',
		'The database of the worker cannot be reached right now. Try again in a moment.',
		{ cause: error },
	);
}
