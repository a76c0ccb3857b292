import path from 'node:path';
import { expect } from 'vitest';
import { img2vidInput } from '../../worker/src/operations/img2vid/contract.ts';
import { img2vid } from '../../worker/src/operations/img2vid/index.ts';
import {
	colourAt,
	makeMedia,
	readFrame,
	source,
	temporaryFolder,
} from '../support/media-fixtures.ts';
import type { RgbFrame, TemporaryFolder } from '../support/media-fixtures.ts';
import { createTestContext } from '../support/test-context.ts';

/** 80x45 pictures of four fields: red, green / blue, yellow when upright, written with Pillow. */
const IMAGES = path.join(import.meta.dirname, 'img2vid-images');

interface Job {
	readonly images: readonly {
		readonly file: string;
		readonly seconds?: number;
		readonly id?: string;
	}[];
	readonly options?: Record<string, unknown>;
	readonly batchSize?: number;
}

export function prepare({ images, options = {}, batchSize = 2 }: Job) {
	const folder = temporaryFolder();
	const output = temporaryFolder();
	const url = (file: string): string => `https://host/${encodeURIComponent(file)}`;
	const files = Object.fromEntries(
		images.map(({ file }) => [url(file), path.resolve(IMAGES, file)]),
	);
	const context = createTestContext({ files, folder: folder.path, output: output.path, batchSize });
	const input = img2vidInput.parse({
		images: images.map(({ file, seconds = 0.1, id = file }) => ({
			id,
			image_url: url(file),
			duration: seconds,
		})),
		...{ width: 320, height: 180, ...options },
	});
	return {
		...{ context, folder, output },
		run: () => img2vid.run(input, context),
		[Symbol.dispose]: () => [folder, output].forEach((made) => made[Symbol.dispose]()),
	};
}

/** The first frame of the clip of one picture. */
export async function firstFrame(
	file: string,
	options: Record<string, unknown> = {},
): Promise<RgbFrame> {
	using job = prepare({ images: [{ file }], options });
	await job.run();
	return await readFrame(job.output.file('video_1.mp4'));
}

/** Colours after JPEG and H.264, off by a few steps of 255. */
export function expectColour(
	frame: RgbFrame,
	[x, y]: readonly [number, number],
	wanted: readonly number[],
): void {
	const found = colourAt(frame, x, y);
	const worst = Math.max(
		...found.map((value, channel) => Math.abs(value - (wanted[channel] ?? 0))),
	);
	expect(worst, `${found} at ${x},${y}, wanted ${wanted}`).toBeLessThanOrEqual(8);
}

const RED = [230, 20, 20];
const GREEN = [20, 200, 20];
const BLUE = [20, 20, 230];
const YELLOW = [230, 230, 20];

export function expectUpright(frame: RgbFrame): void {
	expectColour(frame, [0.25, 0.25], RED);
	expectColour(frame, [0.75, 0.25], GREEN);
	expectColour(frame, [0.25, 0.75], BLUE);
	expectColour(frame, [0.75, 0.75], YELLOW);
}

/** Shares of the width at which the white square in the middle begins and ends. */
export function squareEdges(frame: RgbFrame): [left: number, right: number] {
	const columns = Array.from(
		{ length: frame.width },
		(_, column) => colourAt(frame, column / frame.width, 0.5)[0],
	);
	const isWhite = (value: number): boolean => value > 127;
	return [
		columns.findIndex(isWhite) / frame.width,
		(columns.findLastIndex(isWhite) + 1) / frame.width,
	];
}

export async function makeSquare(
	folder: TemporaryFolder,
	width: number,
	height: number,
): Promise<string> {
	const box = `drawbox=x=${width / 2 - 100}:y=${height / 2 - 100}:w=200:h=200:c=white:t=fill`;
	return makeMedia(
		...source(`color=black:s=${width}x${height}`),
		'-vf',
		box,
		'-frames:v',
		'1',
		folder.file(`${width}x${height}.png`),
	);
}
