/** A part of a buffer that is one box's content. */
interface Box {
	readonly type: string;
	readonly start: number;
	readonly end: number;
}

/** Bytes of a box's header: size and type, and the long size where there is one (ISO 14496-12, 4.2). */
const HEADER = 8;
const LONG_HEADER = 16;

/** The boxes between two places of a buffer. Ends at the first that does not fit. */
export function* boxesIn(buffer: Buffer, start: number, end: number): Generator<Box> {
	for (let at = start; at + HEADER <= end;) {
		const short = buffer.readUInt32BE(at);
		const isLong = short === 1 && at + LONG_HEADER <= end;
		const size = isLong ? Number(buffer.readBigUInt64BE(at + HEADER)) : short;
		const header = isLong ? LONG_HEADER : HEADER;
		if (size < header || at + size > end) return;
		yield { type: buffer.toString('latin1', at + 4, at + 8), start: at + header, end: at + size };
		at += size;
	}
}

/** Reads and writes a duration: 4 bytes in version 0 of a box, 8 in version 1. */
class Duration {
	readonly #buffer: Buffer;
	readonly #at: number;
	readonly #isLong: boolean;

	constructor(buffer: Buffer, at: number, isLong: boolean) {
		this.#buffer = buffer;
		this.#at = at;
		this.#isLong = isLong;
	}

	get value(): number {
		return this.#isLong
			? Number(this.#buffer.readBigUInt64BE(this.#at))
			: this.#buffer.readUInt32BE(this.#at);
	}

	/** Shortens it to `limit`; a shorter one stays. */
	limit(limit: number): void {
		const value = Math.min(this.value, limit);
		if (this.#isLong) this.#buffer.writeBigUInt64BE(BigInt(value), this.#at);
		else this.#buffer.writeUInt32BE(value, this.#at);
	}
}

const isLongForm = (buffer: Buffer, box: Box): boolean => buffer.readUInt8(box.start) === 1;

/** The file's own duration, in units of its time scale (mvhd, 8.2.2). */
function movieDuration(buffer: Buffer, box: Box): { duration: Duration; timeScale: number } {
	const isLong = isLongForm(buffer, box);
	const timeScaleAt = box.start + (isLong ? 20 : 12);
	return {
		timeScale: buffer.readUInt32BE(timeScaleAt),
		duration: new Duration(buffer, timeScaleAt + 4, isLong),
	};
}

/** A track's duration (tkhd, 8.3.2). */
function trackDuration(buffer: Buffer, box: Box): Duration {
	const isLong = isLongForm(buffer, box);
	return new Duration(buffer, box.start + (isLong ? 28 : 20), isLong);
}

/** Shortens the edits of a track so that they end at `limit` together (elst, 8.6.6). */
function limitEdits(buffer: Buffer, box: Box, limit: number): void {
	const isLong = isLongForm(buffer, box);
	const count = buffer.readUInt32BE(box.start + 4);
	const size = isLong ? 20 : 12;
	let left = limit;
	for (
		let at = box.start + 8;
		at + size <= Math.min(box.end, box.start + 8 + count * size);
		at += size
	) {
		const duration = new Duration(buffer, at, isLong);
		duration.limit(left);
		left -= duration.value;
	}
}

/** What a finished MP4 holds, as its header tells. */
export interface Mp4Info {
	/** Length as a player shows it, in seconds. */
	readonly seconds: number;
	readonly tracks: readonly Mp4Track[];
}

export interface Mp4Track {
	readonly kind: 'video' | 'audio' | 'other';
	/** When it ends, in seconds from the start of the file. */
	readonly seconds: number;
	/** Frames of video, packets of sound. */
	readonly samples: number;
}

/** Handler types (hdlr, 8.4.3). */
const KINDS: Record<string, Mp4Track['kind']> = { vide: 'video', soun: 'audio' };

/** The first box at a path of types below a box, for example mdia/minf/stbl/stsz. */
function findBox(buffer: Buffer, parent: Box, path: string): Box | undefined {
	let at: Box | undefined = parent;
	for (const type of path.split('/')) {
		if (at === undefined) return undefined;
		at = [...boxesIn(buffer, at.start, at.end)].find((box) => box.type === type);
	}
	return at;
}

/** The movie header and the tracks of a `moov` box; undefined when it is not one. */
function partsOf(moov: Buffer): { header: Box; tracks: Box[] } | undefined {
	const boxes = [...boxesIn(moov, 0, moov.length)];
	const header = boxes.find(({ type }) => type === 'mvhd');
	return header && { header, tracks: boxes.filter(({ type }) => type === 'trak') };
}

function describeTrack(moov: Buffer, track: Box, timeScale: number): Mp4Track {
	const header = findBox(moov, track, 'tkhd');
	const handler = findBox(moov, track, 'mdia/hdlr');
	const sizes = findBox(moov, track, 'mdia/minf/stbl/stsz');
	const kind = handler && moov.toString('latin1', handler.start + 8, handler.start + 12);
	return {
		kind: KINDS[kind ?? ''] ?? 'other',
		seconds: header ? trackDuration(moov, header).value / timeScale : 0,
		samples: sizes ? moov.readUInt32BE(sizes.start + 8) : 0,
	};
}

/**
 * Reads what a `moov` box describes; undefined when it is not one.
 *
 * @param moov the content of the box, without its header.
 */
export function describePresentation(moov: Buffer): Mp4Info | undefined {
	const parts = partsOf(moov);
	if (parts === undefined) return undefined;
	const { duration, timeScale } = movieDuration(moov, parts.header);
	return {
		seconds: duration.value / timeScale,
		tracks: parts.tracks.map((track) => describeTrack(moov, track, timeScale)),
	};
}

/**
 * Makes the presentation that a `moov` box describes end at `seconds`, in place: its edit lists, its tracks and
 * the file. Media beyond that stays in the file and is not shown. What ends earlier stays as it is.
 *
 * @param moov the content of the box, without its header.
 */
export function endPresentation(moov: Buffer, seconds: number): void {
	const parts = partsOf(moov);
	if (parts === undefined) return;
	const { duration, timeScale } = movieDuration(moov, parts.header);
	const limit = Math.round(seconds * timeScale);
	duration.limit(limit);
	for (const track of parts.tracks) {
		const header = findBox(moov, track, 'tkhd');
		const edits = findBox(moov, track, 'edts/elst');
		if (header) trackDuration(moov, header).limit(limit);
		if (edits) limitEdits(moov, edits, limit);
	}
}
