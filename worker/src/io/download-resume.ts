/** A download that may be going on. `received` bytes of it are on disk for certain. */
export interface PartialFile {
	received: number;
	/** Size of the whole file in bytes, when the server told. */
	total?: number | undefined;
	/** Strong ETag or Last-Modified: proves that the rest belongs to the same file. */
	validator?: string | undefined;
	contentType?: string | undefined;
}

/** The parts of an HTTP answer that matter here; header names in lower case. */
export interface AnswerHead {
	readonly status: number;
	readonly headers: Readonly<Record<string, unknown>>;
}

const text = (value: unknown): string | undefined =>
	typeof value === 'string' ? value : undefined;

/** A body that is compressed on the way cannot be resumed: ranges count the compressed bytes. */
export const isEncoded = (head: AnswerHead): boolean =>
	!/^(identity)?$/i.test(text(head.headers['content-encoding'])?.trim() ?? '');

/** Range headers for the rest of the file; none when it must start again. */
export function resumeHeaders(partial: PartialFile): Record<string, string> {
	if (partial.received === 0 || partial.validator === undefined) return {};
	return { Range: `bytes=${partial.received}-`, 'If-Range': partial.validator };
}

/** Weak ETags are not allowed in If-Range (RFC 9110, 13.1.5), so Last-Modified stands in for them. */
function validatorOf(head: AnswerHead): string | undefined {
	if (isEncoded(head)) return undefined;
	const etag = text(head.headers['etag']);
	return etag?.startsWith('"') ? etag : text(head.headers['last-modified']);
}

function wholeLength(head: AnswerHead): number | undefined {
	const length = text(head.headers['content-length']);
	return isEncoded(head) || !/^\d+$/.test(length ?? '') ? undefined : Number(length);
}

/**
 * Brings `partial` in line with the answer's head: goes on where it stopped, or starts at zero. False when the
 * answer continues some other file or range; the next try then starts at zero.
 */
export function acceptAnswer(partial: PartialFile, head: AnswerHead): boolean {
	partial.contentType = text(head.headers['content-type']) ?? partial.contentType;
	if (head.status === 206) {
		const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(text(head.headers['content-range']) ?? '');
		const total = range?.[2] === '*' ? partial.total : Number(range?.[2]);
		const fits =
			Number(range?.[1]) === partial.received &&
			(partial.received === 0 || total === partial.total);
		if (!fits) return startAgain(partial);
		partial.total = total;
	} else if (head.status === 416) {
		return startAgain(partial);
	} else {
		partial.received = 0;
		partial.total = wholeLength(head);
	}
	partial.validator = validatorOf(head) ?? (head.status === 206 ? partial.validator : undefined);
	return true;
}

function startAgain(partial: PartialFile): false {
	partial.received = 0;
	partial.total = undefined;
	partial.validator = undefined;
	return false;
}
