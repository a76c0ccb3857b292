import axios, { type AxiosInstance } from 'axios';
import { CodedError, publicUrl } from '../errors.ts';
import { AddressRefused, GuardedHttpAgent, GuardedHttpsAgent } from './guarded-agents.ts';
import { parseInternalHost } from './internal-hosts.ts';

/** Redirects followed at most; the longest honest chains (share link, login check, CDN) have three or four. */
const MAX_REDIRECTS = 5;

/** Largest buffered answer in bytes (webhooks). Downloads stream and have their own limit. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** How request-filtering-agent words a refusal; it has no error class. Group 1 is the address, group 2 the name or `undefined`. */
const REFUSAL = /^DNS lookup (\S+)\(family:[^,]*, host:([^)]*)\) is not allowed/;

function refusedHost(error: Error): string | undefined {
	if (error instanceof AddressRefused) return error.host;
	const match = REFUSAL.exec(error.message);
	if (!match) return undefined;
	return match[2] === 'undefined' ? match[1] : match[2];
}

/** The errors from `error` down its chain of causes. */
function* causes(error: unknown): Generator<Error> {
	for (let at = error; at instanceof Error; at = at.cause) yield at;
}

function classify(error: unknown): unknown {
	for (const cause of causes(error)) {
		if (cause instanceof CodedError) return cause;
		const host = refusedHost(cause);
		if (host !== undefined) return forbidden(host);
	}
	return error;
}

function forbidden(host: string): CodedError {
	const written = host.includes(':') ? `[${host}]` : host;
	return new CodedError(
		'input_forbidden',
		`${host} has a private or reserved address, and the worker does not connect to those. ` +
			`If you trust it, add it to the worker's setting: ALLOWED_INTERNAL_HOSTS=${written}`,
	);
}

function assertHttp(url: string): void {
	const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
	if (isHttp) return;
	throw new CodedError(
		'input_unsupported',
		`${publicUrl(url)} cannot be fetched: only http and https links can.`,
	);
}

/**
 * An axios that never connects to a private, reserved or link-local address, unless the host is on the list
 * (`host` or `host:port`, names or IP literals, IPv6 in brackets). The address is checked when the connection is
 * made, redirects included, and no proxy from the environment is used. Errors: `input_forbidden` for a refused
 * address, `input_unsupported` for a scheme other than http and https; the rest are axios' own.
 */
export function createGuardedHttp(options: {
	readonly allowedInternalHosts: readonly string[];
}): AxiosInstance {
	const allowed = options.allowedInternalHosts.map((entry) => {
		const host = parseInternalHost(entry);
		if (host) return host;
		throw new CodedError(
			'invalid_request',
			'ALLOWED_INTERNAL_HOSTS must be a list of host or host:port.',
		);
	});
	const http = axios.create({
		httpAgent: new GuardedHttpAgent(allowed),
		httpsAgent: new GuardedHttpsAgent(allowed),
		proxy: false,
		maxRedirects: MAX_REDIRECTS,
		maxContentLength: MAX_ANSWER_BYTES,
		headers: { 'User-Agent': 'gpu-media-worker' },
		beforeRedirect: (redirect) => assertHttp(String(redirect['href'])),
	});
	http.interceptors.request.use((request) => {
		assertHttp(http.getUri(request));
		return request;
	});
	http.interceptors.response.use(undefined, (error: unknown) => Promise.reject(classify(error)));
	return http;
}
