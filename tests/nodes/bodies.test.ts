import { describe, expect, it } from 'vitest';
import { addAudioInput } from '../../nodes/AddAudio/body.ts';
import { captionInput } from '../../nodes/Caption/body.ts';
import { imageOfItem, img2VidInput } from '../../nodes/Img2Vid/body.ts';
import { ParameterError, waitOptions } from '../../nodes/shared/parameters.ts';
import { addAudioInput as addAudioSchema } from '../../worker/src/operations/addaudio/contract.ts';
import { captionInput as captionSchema } from '../../worker/src/operations/caption/contract.ts';
import { img2vidInput as img2VidSchema } from '../../worker/src/operations/img2vid/contract.ts';

const reader =
	(parameters: Record<string, unknown>) =>
	(name: string, fallback?: unknown): unknown =>
		parameters[name] ?? fallback;

const VIDEO = 'https://a.example/v.mp4';

/** The parameter a body refuses, as it is named in the node. */
function refused(build: () => unknown): string {
	try {
		build();
	} catch (error) {
		expect(error).toBeInstanceOf(ParameterError);
		expect((error as ParameterError).advice).not.toBe('');
		return (error as ParameterError).message;
	}
	throw new Error('nothing was refused');
}

describe('caption', () => {
	const body = (parameters: object) =>
		captionInput(
			reader({
				videoUrl: VIDEO,
				subtitlesFrom: 'url',
				subtitlesUrl: 'https://a.example/s.srt',
				...parameters,
			}),
		);

	it('sends what is set, and leaves the rest to the worker', () => {
		expect(body({})).toEqual({ video_url: VIDEO, subtitles_url: 'https://a.example/s.srt' });
		const options = {
			captionMode: 'soft',
			language: ' ENG ',
			outputFileName: ' my video.mp4 ',
			outputFolder: '/Project/Videos/',
		};
		const full = body({ subtitlesFrom: 'text', subtitlesText: 'WEBVTT', options });
		expect(full).toEqual({
			video_url: VIDEO,
			subtitles: 'WEBVTT',
			mode: 'soft',
			language: 'eng',
			output_filename: 'my video.mp4',
			path: 'Project/Videos/',
		});
		expect(captionSchema.safeParse(full).success).toBe(true);
	});

	it('does not send the subtitles of the source that is not chosen', () => {
		expect(body({ subtitlesText: 'left over' })).not.toHaveProperty('subtitles');
	});

	it.each([
		[{ videoUrl: undefined }, '"Video URL" is empty'],
		[{ videoUrl: '   ' }, '"Video URL" is empty'],
		[{ videoUrl: 'C:\\videos\\a.mp4' }, '"Video URL" is not a URL'],
		[{ videoUrl: 'https://' }, '"Video URL" is not a URL'],
		[{ videoUrl: 'file:///etc/passwd' }, '"Video URL" is not a URL'],
		[{ videoUrl: [VIDEO] }, '"Video URL" is not text'],
		[{ subtitlesUrl: '' }, '"Subtitles URL" is empty'],
		[{ subtitlesFrom: 'text' }, '"Subtitles Text" is empty'],
		[{ options: { language: 'en' } }, '"Language" must be a three-letter code'],
		[{ options: { captionMode: 'loud' } }, '"Caption Mode" must be burn or soft'],
		[{ options: { outputFileName: 'a/b.mp4' } }, '"Output File Name" must not contain slashes'],
	])('refuses %o', (parameters, message) => {
		expect(refused(() => body(parameters))).toBe(message);
	});

	it('takes an uploaded file and text of any kind', () => {
		const subtitlesText = '  1\n00:00:00,000 --> 00:00:01,000\n“Ünïcode” 🎬 {{ $json }}\n';
		const built = body({ videoUrl: 'upload://abc', subtitlesFrom: 'text', subtitlesText });
		expect(built.video_url).toBe('upload://abc');
		expect(built.subtitles).toBe(subtitlesText.trim());
		expect(captionSchema.safeParse(built).success).toBe(true);
	});
});

describe('addaudio', () => {
	it('sends both URLs and the options', () => {
		const options = { outputFileName: 'x.mp4', outputFolder: 'f' };
		const built = addAudioInput(
			reader({ videoUrl: VIDEO, audioUrl: ' https://a.example/a.mp3 ', options }),
		);
		expect(built).toEqual({
			video_url: VIDEO,
			audio_url: 'https://a.example/a.mp3',
			output_filename: 'x.mp4',
			path: 'f',
		});
		expect(addAudioSchema.safeParse(built).success).toBe(true);
	});

	it('names the one that is missing', () => {
		expect(refused(() => addAudioInput(reader({ videoUrl: VIDEO })))).toBe('"Audio URL" is empty');
		expect(refused(() => addAudioInput(reader({ audioUrl: VIDEO })))).toBe('"Video URL" is empty');
	});
});

describe('img2vid', () => {
	const image = (parameters: object) =>
		imageOfItem(reader({ imageUrl: 'https://a.example/i.png', duration: 5, ...parameters }), 3);

	it('numbers an image without an id of its own', () => {
		expect(image({}).id).toBe(3);
		expect(image({ options: { imageId: '' } }).id).toBe(3);
		expect(image({ options: { imageId: 0 } }).id).toBe(0);
		expect(image({ options: { imageId: ' a ' } }).id).toBe('a');
		expect(refused(() => image({ options: { imageId: {} } }))).toMatch(/^"Image ID" must be/);
	});

	it.each([0, -1, 3601, NaN, 'abc', '', null, undefined, [5]])('refuses %o seconds', (duration) => {
		expect(refused(() => image({ duration: duration ?? null }))).toMatch(
			/^"Duration \(Seconds\)" must be/,
		);
	});

	it('takes a number that an expression gives as text', () => {
		expect(image({ duration: '2.5' }).duration).toBe(2.5);
	});

	it.each([
		[{ width: 1919 }, '"Video Width" must be an even number from 16 to 4096'],
		[{ height: 5000 }, '"Video Height" must be an even number from 16 to 4096'],
		[{ frameRate: 23.976 }, '"Frame Rate" must be a whole number from 1 to 60'],
	])('refuses the options %o', (options, message) => {
		expect(refused(() => img2VidInput(reader({ options }), [image({})]))).toBe(message);
	});

	it('accepts exactly what the worker accepts', () => {
		for (const options of [
			{ width: 16, height: 4096, frameRate: 1 },
			{ width: '1280', height: '720', frameRate: '60' },
			{ width: '', height: null },
			{},
		]) {
			const built = img2VidInput(reader({ options }), [
				image({ duration: 0.1 }),
				image({ duration: 3600 }),
			]);
			expect(img2VidSchema.safeParse(built).success).toBe(true);
		}
	});
});

describe('the wait', () => {
	it('is an hour and cancels on stop unless told otherwise', () => {
		expect(waitOptions({})).toEqual({ timeoutMinutes: 60, cancelOnStop: true });
		expect(waitOptions({ timeout: '5', cancelOnStop: false })).toEqual({
			timeoutMinutes: 5,
			cancelOnStop: false,
		});
		expect(refused(() => waitOptions({ timeout: -1 }))).toMatch(/^"Timeout \(Minutes\)" must be/);
		expect(refused(() => waitOptions({ timeout: 1e9 }))).toMatch(/^"Timeout \(Minutes\)" must be/);
	});
});
