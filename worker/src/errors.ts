/** What is known of each error code: the HTTP status it answers with, whether running the job again may help, and whose it is to mend. */
interface ErrorClass {
	readonly status: number;
	readonly retryable: boolean;
	readonly fault: 'caller' | 'worker' | 'storage';
}

/** The closed table of error codes. A code is chosen where the failure is noticed; nothing above reads a message. */
export const ERROR_CODES = {
	invalid_request: { status: 400, retryable: false, fault: 'caller' },
	unauthorized: { status: 401, retryable: false, fault: 'caller' },
	forbidden: { status: 403, retryable: false, fault: 'caller' },
	not_found: { status: 404, retryable: false, fault: 'caller' },
	conflict: { status: 409, retryable: false, fault: 'caller' },
	too_many_requests: { status: 429, retryable: true, fault: 'caller' },
	input_forbidden: { status: 422, retryable: false, fault: 'caller' },
	input_not_found: { status: 422, retryable: false, fault: 'caller' },
	input_unreachable: { status: 422, retryable: true, fault: 'caller' },
	input_too_large: { status: 413, retryable: false, fault: 'caller' },
	input_unsupported: { status: 422, retryable: false, fault: 'caller' },
	encode_failed: { status: 500, retryable: false, fault: 'worker' },
	encode_stalled: { status: 500, retryable: true, fault: 'worker' },
	deadline_exceeded: { status: 504, retryable: false, fault: 'worker' },
	gpu_failed: { status: 500, retryable: true, fault: 'worker' },
	transcription_failed: { status: 500, retryable: false, fault: 'worker' },
	storage_denied: { status: 502, retryable: false, fault: 'storage' },
	storage_unavailable: { status: 503, retryable: true, fault: 'storage' },
	disk_full: { status: 507, retryable: true, fault: 'worker' },
	worker_lost: { status: 503, retryable: true, fault: 'worker' },
	unavailable: { status: 503, retryable: true, fault: 'worker' },
	internal: { status: 500, retryable: false, fault: 'worker' },
	cancelled: { status: 409, retryable: false, fault: 'caller' },
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes as a tuple, for schemas. */
export const ERROR_CODE_NAMES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** Extra facts for whoever mends it (stderr tail, field path). Never a secret and never a query string. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * A failure with a code from {@link ERROR_CODES}. `message` is read by the caller and says what to do;
 * `details` may carry the technical tail.
 */
export class CodedError extends Error {
	override readonly name = 'CodedError';
	readonly code: ErrorCode;
	readonly details: ErrorDetails | undefined;

	constructor(
		code: ErrorCode,
		message: string,
		options: { details?: ErrorDetails; cause?: unknown } = {},
	) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.details = options.details;
	}

	get status(): number {
		return ERROR_CODES[this.code].status;
	}

	get retryable(): boolean {
		return ERROR_CODES[this.code].retryable;
	}
}

/** Any thrown value as a {@link CodedError}; what nobody classified is `internal`, and its text stays in the log. */
export function toCodedError(error: unknown): CodedError {
	if (error instanceof CodedError) return error;
	return new CodedError(
		'internal',
		'The worker met an unexpected condition. Its log has the details.',
		{
			cause: error,
		},
	);
}

/** A URL that may be shown: no user name, password, query or fragment. */
export function publicUrl(url: string): string {
	try {
		const parsed = new URL(url);
		return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
	} catch {
		return '(not a URL)';
	}
}
