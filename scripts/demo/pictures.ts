import { execa } from 'execa';

/** Red, green and blue, 0 to 255. */
type Colour = readonly [red: number, green: number, blue: number];

/** The colour at a place: x from 0 to the width, y from 0 (top) to the height, both in units of the height seen. */
type Painter = (x: number, y: number) => Colour;

/** A still image to be painted: the sizes differ in shape, so that the demo shows how each fills the frame. */
export interface Picture {
	readonly width: number;
	readonly height: number;
	readonly paint: Painter;
}

/** Paints a picture and saves it in the format that the file name asks for. */
export async function savePicture(
	picture: Picture,
	file: string,
	cancelSignal: AbortSignal,
): Promise<void> {
	const size = `${picture.width}x${picture.height}`;
	await execa(
		'ffmpeg',
		[
			...['-v', 'error', '-y'],
			...['-f', 'rawvideo', '-pixel_format', 'rgb24', '-video_size', size, '-i', 'pipe:0'],
			...['-frames:v', '1', '-update', '1', '-q:v', file.endsWith('.webp') ? '90' : '2', file],
		],
		{ input: pixelsOf(picture), cancelSignal },
	);
}

function pixelsOf({ width, height, paint }: Picture): Uint8Array<ArrayBuffer> {
	const pixels = new Uint8ClampedArray(width * height * 3);
	// The frame shows a 16:9 part of the middle, so pictures are composed in its height, not in their own.
	const unit = Math.min(height, (width * 9) / 16);
	const top = (height - unit) / 2;
	for (let row = 0, at = 0; row < height; row++) {
		for (let column = 0; column < width; column++, at += 3) {
			// A little grain keeps smooth skies from showing steps after compression.
			const grain = (noise(column, row) - 0.5) * 3;
			const [red, green, blue] = paint(column / unit, (row - top) / unit);
			pixels[at] = red + grain;
			pixels[at + 1] = green + grain;
			pixels[at + 2] = blue + grain;
		}
	}
	return new Uint8Array(pixels.buffer);
}

/** Hills in the morning mist, wide. */
export const hills: Picture = {
	width: 1920,
	height: 1080,
	paint(x, y) {
		for (let layer = 5; layer >= 0; layer--) {
			const depth = y - ridge(x, layer);
			if (depth < 0) continue;
			const near = layer / 5;
			const hill = mix([214, 186, 170], [22, 52, 50], near ** 0.7);
			// Mist lies in the valleys: hills grow paler towards their foot.
			return mix(hill, [255, 226, 190], Math.min(0.55, depth * 2.2) * (1 - near * 0.8));
		}
		const sun = Math.hypot(x - 1.2, y - 0.36);
		const morning = mix([86, 148, 196], [255, 214, 160], y / 0.62);
		return mix(morning, [255, 246, 220], 0.9 * Math.exp(-sun * 5) + (sun < 0.055 ? 0.6 : 0));
	},
};

const ridge = (x: number, layer: number): number =>
	0.46 +
	layer * 0.095 +
	0.045 * Math.sin(x * (2.1 + layer * 0.35) + layer * 2.4) +
	0.018 * Math.sin(x * (6.3 - layer * 0.4) + layer * 5.1) +
	0.004 * Math.sin(x * 23 + layer * 3);

/** The sun going down over the sea, upright. */
export const sea: Picture = {
	width: 1280,
	height: 1920,
	paint(x, y) {
		const horizon = 0.56;
		const sun = Math.hypot(x - 0.89, y - horizon + 0.075);
		if (y < horizon) {
			const evening = mix([58, 34, 92], [255, 142, 74], (y + 0.2) / (horizon + 0.2));
			const glow = mix(evening, [255, 214, 130], 0.85 * Math.exp(-sun * 4.2));
			const cloud = softStep(0.5, 0.95, cloudiness(x, y)) * 0.55;
			return mix(mix(glow, [120, 52, 96], cloud), [255, 244, 200], sun < 0.115 ? 1 : 0);
		}
		const depth = y - horizon;
		const water = mix([222, 112, 92], [22, 24, 62], depth / 0.6);
		const wave = Math.sin((1 / (depth + 0.05)) * 42 + Math.sin(x * 9 + depth * 60) * 1.6);
		const path = Math.exp(-(((x - 0.89) / (0.07 + depth * 0.32)) ** 2));
		return mix(
			mix(water, [255, 206, 128], path * softStep(-0.2, 0.9, wave)),
			[12, 14, 40],
			softStep(0.4, 1, -wave) * 0.16,
		);
	},
};

const cloudiness = (x: number, y: number): number =>
	0.5 +
	0.3 * Math.sin(y * 34 + Math.sin(x * 2.6) * 2.2) +
	0.2 * Math.sin(x * 5.3 + y * 21 + 1.3) -
	0.25 * softStep(0.1, 0.5, y);

/** The moon over mountains, square. */
export const night: Picture = {
	width: 1440,
	height: 1440,
	paint(x, y) {
		for (let layer = 2; layer >= 0; layer--) {
			const depth = y - peaks(x, layer);
			if (depth < 0) continue;
			const rock = mix([38, 54, 98], [8, 12, 30], layer / 2);
			return mix(rock, [190, 206, 240], softStep(0.05, 0, depth) * 0.4 * (1 - layer / 2));
		}
		const moon = Math.hypot(x - 0.89, y - 0.3);
		if (moon < 0.1) {
			const shade = Math.sin(x * 41 + Math.sin(y * 37) * 2) * Math.sin(y * 53 + x * 9);
			return mix([250, 246, 226], [224, 219, 204], (0.5 + 0.5 * shade) * softStep(0.1, 0.02, moon));
		}
		const dark = mix([7, 11, 38], [52, 74, 128], y + 0.2);
		const starry = mix(dark, [255, 255, 255], star(x, y));
		return mix(starry, [196, 214, 255], 0.6 * Math.exp(-moon * 6));
	},
};

const peaks = (x: number, layer: number): number =>
	0.5 +
	layer * 0.14 +
	(0.16 - layer * 0.05) * Math.abs(triangle(x * (1.1 + layer * 0.5) + layer * 0.37) - 0.5) +
	0.05 * triangle(x * (3.7 - layer) + 0.2) +
	0.012 * triangle(x * 17);

const triangle = (x: number): number => Math.abs((x - Math.floor(x)) * 2 - 1);

/** At most one star in each cell of a grid, as a soft dot. */
function star(x: number, y: number): number {
	const [column, row] = [Math.floor(x * 34), Math.floor(y * 34)];
	const luck = noise(column, row);
	if (luck < 0.55) return 0;
	const dx = x * 34 - column - 0.2 - 0.6 * noise(row, column + 7);
	const dy = y * 34 - row - 0.2 - 0.6 * noise(row + 3, column);
	return (luck - 0.35) * 1.5 * Math.exp(-(dx * dx + dy * dy) * 420 * (1.4 - luck));
}

const mix = (from: Colour, to: Colour, share: number): Colour => {
	const part = Math.min(1, Math.max(0, share));
	return [
		from[0] + (to[0] - from[0]) * part,
		from[1] + (to[1] - from[1]) * part,
		from[2] + (to[2] - from[2]) * part,
	];
};

function softStep(from: number, to: number, value: number): number {
	const part = Math.min(1, Math.max(0, (value - from) / (to - from)));
	return part * part * (3 - 2 * part);
}

/** A number from 0 to 1 that looks random and is always the same for the same place. */
function noise(column: number, row: number): number {
	let mixed = Math.imul(column + 1, 374_761_393) ^ Math.imul(row + 1, 668_265_263);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 1_274_126_177);
	return ((mixed ^ (mixed >>> 16)) >>> 0) / 4_294_967_296;
}
