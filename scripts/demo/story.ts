import { hills, night, sea, type Picture } from './pictures.ts';

/** One still image and the sentence that is spoken over it, in the two parts its captions show. */
export interface Scene {
	readonly name: string;
	readonly picture: Picture;
	readonly imageFile: string;
	readonly sentence: readonly [string, string];
}

/** A landscape JPEG, an upright PNG and a square WebP. */
export const STORY: readonly Scene[] = [
	{
		name: 'morning',
		picture: hills,
		imageFile: 'morning.jpg',
		sentence: ['Every morning, the light', 'comes back to the quiet hills.'],
	},
	{
		name: 'evening',
		picture: sea,
		imageFile: 'evening.png',
		sentence: ['By evening, the sun goes down', 'slowly over the sea.'],
	},
	{
		name: 'night',
		picture: night,
		imageFile: 'night.webp',
		sentence: ['And at night, the moon', 'watches over the mountains.'],
	},
];
