import { isAxiosError } from 'axios';
import { CodedError, publicUrl } from '../errors.ts';
import { diskError, errorCode } from './disk-errors.ts';

const TLS = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO|HOSTNAME_MISMATCH)/;
const BROKEN =
	/^(E(CONN|TIMEDOUT|PIPE|HOST|NET|AI_AGAIN)|EAI_AGAIN|HPE_|Z_|ERR_STREAM_PREMATURE_CLOSE|ERR_BROTLI|ERR__ERROR_)/;

/** Too early, too often, and every fault of the server itself may pass. */
const isPassing = (status: number): boolean =>
	status === 408 || status === 425 || status === 429 || status >= 500;

/** Seconds of a Retry-After header, or undefined (an HTTP date is read too). */
function retryAfterSeconds(header: unknown): number | undefined {
	if (typeof header !== 'string') return undefined;
	const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
	return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

/** The failure an HTTP status stands for, or undefined for one that carries a body (2xx). */
export function statusFailure(
	url: string,
	answer: { readonly status: number; readonly retryAfter: unknown },
): CodedError | undefined {
	const { status } = answer;
	const shown = `${publicUrl(url)} answered HTTP ${status}`;
	const details = { http_status: status };
	if (status === 204 || status === 205) return emptyFailure(url);
	if (status >= 200 && status < 300) return undefined;
	if (status === 404 || status === 410) {
		return new CodedError(
			'input_not_found',
			`There is no file at ${publicUrl(url)} (HTTP ${status}). Check the link.`,
			{ details },
		);
	}
	if (status === 401 || status === 403 || status === 407 || status === 451) {
		return new CodedError(
			'input_forbidden',
			`${shown}: the link has expired or needs a login. Use a link that opens without one.`,
			{ details },
		);
	}
	if (isPassing(status)) {
		const wait = retryAfterSeconds(answer.retryAfter);
		return new CodedError(
			'input_unreachable',
			`${shown}: its server cannot deliver the file now. Try again later.`,
			{
				details: { ...details, ...(wait !== undefined && { retry_after_seconds: wait }) },
			},
		);
	}
	return new CodedError(
		'input_not_found',
		`${shown} instead of a file. Check that it is a direct download link.`,
		{ details },
	);
}

/** A file over the size limit; `maxBytes` is the limit that was broken. */
export function tooLargeFailure(what: string, maxBytes: number): CodedError {
	const limit = maxBytes >= 1e6 ? `${Math.round(maxBytes / 1e6)} MB` : `${maxBytes} bytes`;
	return new CodedError(
		'input_too_large',
		`${publicUrl(what)} is larger than the ${limit} this worker accepts. Use a smaller file.`,
	);
}

/** A link that answers, but with nothing. */
export function emptyFailure(url: string): CodedError {
	return new CodedError(
		'input_unsupported',
		`${publicUrl(url)} is empty (0 bytes). Check the file behind the link.`,
	);
}

/** The transfer ended before the file was complete, or nothing came for a while; trying again may help. */
export function brokenFailure(url: string, why: string, cause?: unknown): CodedError {
	return new CodedError(
		'input_unreachable',
		`${publicUrl(url)} could not be downloaded: ${why}. Try again later.`,
		{ cause },
	);
}

/** Any error of a download attempt as a CodedError; what is neither network nor disk is returned as it is. */
export function transferFailure(url: string, error: unknown): unknown {
	if (error instanceof CodedError) return error;
	const code = errorCode(error) ?? '';
	const host = publicUrl(url);
	if (code === 'ENOTFOUND') {
		return new CodedError(
			'input_not_found',
			`The server of ${host} does not exist. Check the spelling of the link.`,
			{ cause: error },
		);
	}
	if (code === 'ERR_FR_TOO_MANY_REDIRECTS') {
		return new CodedError(
			'input_not_found',
			`${host} redirects too many times. Use the final link.`,
			{ cause: error },
		);
	}
	if (code === 'ERR_INVALID_URL' || code === 'ERR_UNESCAPED_CHARACTERS') {
		return new CodedError(
			'input_unsupported',
			`${host} is not a valid link, or redirects to an invalid one.`,
			{ cause: error },
		);
	}
	if (TLS.test(code)) {
		return new CodedError(
			'input_forbidden',
			`${host} has no valid HTTPS certificate (${code}). Mend the certificate, or use an http link.`,
			{ cause: error },
		);
	}
	if (BROKEN.test(code) || isAxiosError(error))
		return brokenFailure(url, `the connection failed (${code || 'no answer'})`, error);
	return diskError(error);
}
