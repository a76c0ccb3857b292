import { truncate, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readMp4 } from '../../worker/src/media/mp4-file.ts';
import { describePresentation, endPresentation } from '../../worker/src/media/mp4-presentation.ts';
import { verifyOutput } from '../../worker/src/media/verify-output.ts';
import { makeMedia, source, temporaryFolder } from '../support/media-fixtures.ts';

const box = (type: string, content: Buffer): Buffer => {
	const header = Buffer.alloc(8);
	header.writeUInt32BE(content.length + 8, 0);
	header.write(type, 4, 'latin1');
	return Buffer.concat([header, content]);
};

const fields = (...values: (readonly [bytes: 4 | 8, value: number])[]): Buffer =>
	Buffer.concat(
		values.map(([bytes, value]) => {
			const field = Buffer.alloc(bytes);
			if (bytes === 8) field.writeBigInt64BE(BigInt(value));
			else field.writeInt32BE(value);
			return field;
		}),
	);

/** A moov of time scale 1000 with one track whose edits have the given lengths and media times. */
function moov(
	version: 0 | 1,
	edits: readonly (readonly [duration: number, mediaTime: number])[],
): Buffer {
	const wide = version === 1 ? 8 : 4;
	const whole = edits.reduce((sum, [duration]) => sum + duration, 0);
	const first = [4, version << 24] as const;
	const mvhd = fields(first, [wide, 0], [wide, 0], [4, 1000], [wide, whole]);
	const tkhd = fields(first, [wide, 0], [wide, 0], [4, 1], [4, 0], [wide, whole]);
	const entries = edits.map(([duration, time]) =>
		fields([wide, duration], [wide, time], [4, 65_536]),
	);
	const elst = Buffer.concat([fields(first, [4, edits.length]), ...entries]);
	const track = box('trak', Buffer.concat([box('tkhd', tkhd), box('edts', box('elst', elst))]));
	return Buffer.concat([box('mvhd', mvhd), track]);
}

test.each([0, 1] as const)(
	'version %i: the file, its tracks and their edits end at the time given',
	(version) => {
		const made = moov(version, [[5000, 1024]]);
		endPresentation(made, 2.5);
		expect(made).toEqual(moov(version, [[2500, 1024]]));
	},
);

test('an empty edit before the media counts', () => {
	const made = moov(0, [
		[400, -1],
		[5000, 0],
	]);
	endPresentation(made, 2.5);
	expect(made).toEqual(
		moov(0, [
			[400, -1],
			[2100, 0],
		]),
	);
});

test('what ends earlier stays, and so does what is no moov', () => {
	const made = moov(0, [[2000, 0]]);
	endPresentation(made, 2.5);
	expect(made).toEqual(moov(0, [[2000, 0]]));
	const noise = Buffer.from('not boxes at all, and far too short');
	endPresentation(noise, 1);
	expect(noise.toString()).toBe('not boxes at all, and far too short');
});

test('a finished file is described as ffprobe describes it, and one that is cut short is refused', async () => {
	using folder = temporaryFolder();
	const whole = await makeMedia(
		...source('testsrc2=s=160x90:r=24:d=2'),
		...source('sine=d=1.5'),
		...['-bf', '2', '-movflags', '+faststart', folder.file('whole.mp4')],
	);
	const info = await readMp4(whole);
	expect(info.tracks.map(({ kind }) => kind)).toEqual(['video', 'audio']);
	expect(info.tracks[0]).toMatchObject({ samples: 48, seconds: 2 });
	expect(info.tracks[1]?.seconds).toBeCloseTo(1.5, 2);
	expect(info.seconds).toBe(2);
	expect(() => verifyOutput(info, 2.2)).not.toThrow();
	expect(() => verifyOutput(info, 3)).toThrow(/2\.00 s long instead of 3\.00 s/);
	expect(() => verifyOutput({ ...info, tracks: info.tracks.slice(1) }, 2)).toThrow(/no picture/);
	await truncate(whole, 200);
	await expect(readMp4(whole)).rejects.toMatchObject({ code: 'encode_failed' });
	await writeFile(whole, '');
	await expect(readMp4(whole)).rejects.toMatchObject({ code: 'encode_failed' });
});

test('what is no moov is not described', () => {
	expect(describePresentation(Buffer.alloc(64))).toBeUndefined();
});
