/** How a picture is stored: 1 upright, 2 mirrored, 3 upside down, … 8, as the EXIF standard counts them. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

/** EXIF tag 0x0112. */
const ORIENTATION_TAG = 0x0112;

const EXIF_PREFIX = Buffer.from('Exif\0\0', 'latin1');
const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/**
 * The orientation of a JPEG, PNG or WebP file; 1 when it has none or it cannot be read. Read here because
 * ffmpeg 5.1 turns JPEG by itself but neither PNG nor WebP, and later versions differ again.
 */
export function exifOrientation(file: Buffer): Orientation {
	try {
		const exif = findExif(file);
		return exif === undefined ? 1 : readOrientation(exif);
	} catch (error) {
		// A damaged block ends in a read past the end; the picture itself can still be fine.
		if (error instanceof RangeError) return 1;
		throw error;
	}
}

/** Whether a file is an animated WebP, which ffmpeg 5.1 cannot decode: VP8X chunk with the animation bit. */
export function isAnimatedWebp(file: Buffer): boolean {
	const isExtended = isWebp(file) && file.length > 20 && file.toString('latin1', 12, 16) === 'VP8X';
	return isExtended && (file.readUInt8(20) & 0x02) !== 0;
}

const isWebp = (file: Buffer): boolean =>
	file.toString('latin1', 0, 4) === 'RIFF' && file.toString('latin1', 8, 12) === 'WEBP';

function findExif(file: Buffer): Buffer | undefined {
	if (file.length > 2 && file.readUInt16BE(0) === 0xffd8) return exifOfJpeg(file);
	if (file.subarray(0, 8).equals(PNG_SIGNATURE)) return exifOfPng(file);
	if (isWebp(file)) return exifOfWebp(file);
	return undefined;
}

/** Segments up to the start of the picture data (0xffda). */
function exifOfJpeg(file: Buffer): Buffer | undefined {
	let at = 2;
	while (at + 4 <= file.length) {
		const marker = file.readUInt16BE(at);
		if (marker === 0xffff) {
			at += 1; // fill byte
			continue;
		}
		if (marker === 0xffda || marker < 0xff00) return undefined;
		const end = at + 2 + file.readUInt16BE(at + 2);
		const content = file.subarray(at + 4, end);
		if (marker === 0xffe1 && hasPrefix(content)) return content.subarray(EXIF_PREFIX.length);
		at = end;
	}
	return undefined;
}

/** Chunks: length, type, data, checksum. */
function exifOfPng(file: Buffer): Buffer | undefined {
	let at = PNG_SIGNATURE.length;
	while (at + 8 <= file.length) {
		const length = file.readUInt32BE(at);
		if (file.toString('latin1', at + 4, at + 8) === 'eXIf')
			return file.subarray(at + 8, at + 8 + length);
		at += 12 + length;
	}
	return undefined;
}

/** RIFF chunks: type, length, data padded to an even length. Some writers keep the JPEG prefix. */
function exifOfWebp(file: Buffer): Buffer | undefined {
	let at = 12;
	while (at + 8 <= file.length) {
		const length = file.readUInt32LE(at + 4);
		if (file.toString('latin1', at, at + 4) === 'EXIF') {
			const content = file.subarray(at + 8, at + 8 + length);
			return hasPrefix(content) ? content.subarray(EXIF_PREFIX.length) : content;
		}
		at += 8 + length + (length % 2);
	}
	return undefined;
}

const hasPrefix = (content: Buffer): boolean =>
	content.subarray(0, EXIF_PREFIX.length).equals(EXIF_PREFIX);

/** EXIF is a TIFF header and a directory of 12-byte entries: tag, type, count, value. */
function readOrientation(tiff: Buffer): Orientation {
	const little = tiff.toString('latin1', 0, 2) === 'II';
	const u16 = (at: number): number => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
	const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
	const entries = u16(directory);
	for (let index = 0; index < entries; index++) {
		const entry = directory + 2 + index * 12;
		if (u16(entry) !== ORIENTATION_TAG) continue;
		const value = u16(entry + 8);
		return value >= 1 && value <= 8 ? (value as Orientation) : 1;
	}
	return 1;
}
