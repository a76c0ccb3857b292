/** What went wrong with one request to the worker, whoever noticed it: the socket, a proxy or the worker. */
export interface Failure {
	/** HTTP status; undefined when no answer came. */
	status?: number;
	/** Code of the socket or of DNS, for example ECONNREFUSED. */
	transportCode?: string;
	/** Code of the worker's own error table, for example input_not_found. */
	workerCode?: string;
	message: string;
	/** Pause the answer asks for, in milliseconds. */
	retryAfterMs?: number;
}

/** Codes that go away by themselves when a worker or a network comes back. */
const PASSING_CODES = new Set([
	'ECONNABORTED',
	'ECONNREFUSED',
	'ECONNRESET',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENOTFOUND',
	'EPIPE',
	'ETIMEDOUT',
	'ERR_SOCKET_CONNECTION_TIMEOUT',
]);

const PASSING_STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether the same request may succeed later without anybody changing anything. */
export function mayPass(failure: Failure): boolean {
	if (failure.status !== undefined) return PASSING_STATUSES.has(failure.status);
	return failure.transportCode !== undefined && PASSING_CODES.has(failure.transportCode);
}

type Layer = Record<string, unknown>;

/** n8n wraps the HTTP client's error, which may wrap the socket's; more layers than this are not made. */
const MAX_LAYERS = 6;

function layersOf(error: unknown): Layer[] {
	const layers: Layer[] = [];
	let current: unknown = error;
	while (typeof current === 'object' && current !== null && layers.length < MAX_LAYERS) {
		layers.push(current as Layer);
		current = (current as Layer).cause;
	}
	return layers;
}

const isLayer = (value: unknown): value is Layer => typeof value === 'object' && value !== null;

function firstOf<T>(layers: Layer[], read: (layer: Layer) => T | undefined): T | undefined {
	for (const layer of layers) {
		const value = read(layer);
		if (value !== undefined) return value;
	}
	return undefined;
}

function statusOf(layer: Layer): number | undefined {
	const response = isLayer(layer.response) ? layer.response : {};
	const status = Number(response.status ?? layer.httpCode ?? undefined);
	return Number.isInteger(status) && status >= 100 ? status : undefined;
}

const transportCodeOf = (layer: Layer): string | undefined => {
	const code = typeof layer.code === 'string' ? layer.code : layer.httpCode;
	return typeof code === 'string' && /^E[A-Z_]+$/.test(code) && !code.startsWith('ERR_BAD_')
		? code
		: undefined;
};

/** The worker's own error, {error: {code, message}}, in whichever layer kept the body of the answer. */
function workerErrorOf(layer: Layer): Layer | undefined {
	const bodies = [
		isLayer(layer.response) ? layer.response.data : undefined,
		isLayer(layer.context) ? layer.context.data : undefined,
	];
	for (const body of bodies) {
		const error = isLayer(body) ? body.error : undefined;
		if (isLayer(error) && typeof error.code === 'string') return error;
	}
	return undefined;
}

/** Retry-After as milliseconds: a number of seconds or a date. */
function retryAfterOf(layer: Layer): number | undefined {
	const response = isLayer(layer.response) ? layer.response : {};
	const headers = isLayer(response.headers) ? response.headers : {};
	const value = headers['retry-after'];
	if (value === undefined || value === null || value === '') return undefined;
	const seconds = Number(value);
	const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(String(value)) - Date.now();
	return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

const messageOf = (layer: Layer): string | undefined =>
	typeof layer.message === 'string' && layer.message !== '' ? layer.message : undefined;

/** Reads what n8n's request helper threw. The innermost message is the plainest one: n8n replaces the outer. */
export function readFailure(error: unknown): Failure {
	const layers = layersOf(error);
	const workerError = firstOf(layers, workerErrorOf);
	const status = firstOf(layers, statusOf);
	return {
		status,
		transportCode: status === undefined ? firstOf(layers, transportCodeOf) : undefined,
		workerCode: workerError && String(workerError.code),
		message: String(
			workerError?.message ??
				firstOf([...layers].reverse(), messageOf) ??
				'The request did not succeed',
		),
		retryAfterMs: firstOf(layers, retryAfterOf),
	};
}
