import { open, type FileHandle } from 'node:fs/promises';
import { CodedError } from '../errors.ts';
import { describePresentation, endPresentation, type Mp4Info } from './mp4-presentation.ts';

/** Bytes of a box's header with the long size (ISO 14496-12, 4.2). */
const HEADER = 16;

/** Largest `moov` that is taken into memory, in bytes; an hour of video with sound has about 5 MB. */
const MAX_MOOV = 512 * 1024 * 1024;

interface Place {
	readonly start: number;
	readonly size: number;
}

/** Where the content of the file's `moov` box is; the media before or after it is stepped over unread. */
async function findMoov(file: FileHandle): Promise<Place | undefined> {
	const header = Buffer.alloc(HEADER);
	for (let at = 0; ;) {
		const { bytesRead } = await file.read(header, 0, HEADER, at);
		if (bytesRead < 8) return undefined;
		const short = header.readUInt32BE(0);
		const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short;
		const skipped = short === 1 ? 16 : 8;
		if (size < skipped) return undefined;
		if (header.toString('latin1', 4, 8) === 'moov')
			return { start: at + skipped, size: size - skipped };
		at += size;
	}
}

/** The content of the file's `moov` box; undefined when there is none. */
async function readMoov(file: FileHandle): Promise<{ place: Place; moov: Buffer } | undefined> {
	const place = await findMoov(file);
	if (place === undefined || place.size > MAX_MOOV) return undefined;
	const moov = Buffer.alloc(place.size);
	const { bytesRead } = await file.read(moov, 0, place.size, place.start);
	return bytesRead === place.size ? { place, moov } : undefined;
}

/**
 * What a finished MP4 holds, read from its header: a hundredth of what a run of ffprobe takes.
 *
 * @throws CodedError `encode_failed` when it is no complete MP4.
 */
export async function readMp4(path: string): Promise<Mp4Info> {
	const file = await open(path, 'r');
	try {
		const found = await readMoov(file);
		const info = found && describePresentation(found.moov);
		if (info) return info;
	} finally {
		await file.close();
	}
	throw new CodedError(
		'encode_failed',
		'FFmpeg left no complete video. The input is probably damaged: check that it plays to its end.',
	);
}

/**
 * Makes a finished MP4 end exactly at `seconds`. ffmpeg cuts copied video by whole groups of B-frames, up to some
 * tenths of a second late; the edit lists tell players the exact end, without another encode. A file without
 * edit lists, or one that ends earlier, stays as it is.
 */
export async function endMp4At(path: string, seconds: number): Promise<void> {
	const file = await open(path, 'r+');
	try {
		const found = await readMoov(file);
		if (found === undefined) return;
		endPresentation(found.moov, seconds);
		await file.write(found.moov, 0, found.place.size, found.place.start);
	} finally {
		await file.close();
	}
}
