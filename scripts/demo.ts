// npm run demo: makes a narrated, captioned video from three still images through the worker's API.
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { download, runJob, upload, type Api } from './demo/api.ts';
import { FPS, join, playThrough, probe, type Facts } from './demo/media.ts';
import { speak, type Narration } from './demo/narration.ts';
import { savePicture } from './demo/pictures.ts';
import { Steps } from './demo/steps.ts';
import { STORY } from './demo/story.ts';
import { startWorker } from './demo/worker-process.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const OUTPUT = path.join(ROOT, 'demo-output');
const SOURCES = path.join(OUTPUT, 'sources');
const VIDEO = path.join(OUTPUT, 'demo.mp4');
const PLACE = {
	root: ROOT,
	dataDir: path.join(ROOT, 'data', 'demo'),
	logFile: path.join(OUTPUT, 'worker.log'),
};

/** Folder of the results in the worker's storage: the same in each run, which replaces those before it. */
const FOLDER = 'demo/';

const HELP = `Usage: npm run demo [-- --keep]

Makes a narrated, captioned video from three still images, in demo-output/.
  --keep   leaves the worker running until Ctrl-C, so that its URLs can be opened
`;

interface Clip {
	readonly video_url: string;
}

const shown = (file: string): string => path.relative(process.cwd(), file) || file;

async function makeVideo(keep: boolean, signal: AbortSignal): Promise<void> {
	const steps = new Steps(8);
	await mkdir(SOURCES, { recursive: true });
	const images = STORY.map((scene) => path.join(SOURCES, scene.imageFile));
	await steps.run('Paint three still images', async () => {
		for (const [index, scene] of STORY.entries())
			await savePicture(scene.picture, images[index] ?? '', signal);
	});
	const narrations = await steps.run(
		'Speak a sentence for each (espeak-ng)',
		() => Promise.all(STORY.map((scene) => speak(scene, SOURCES, signal))),
		(spoken) => `${total(spoken).toFixed(1)} s of narration`,
	);
	await using worker = await steps.run(
		'Start the worker',
		() => startWorker(PLACE, signal),
		({ url, encoder }) => `${url}, ${encoder}`,
	);
	const api = { ...worker, signal: AbortSignal.any([signal, worker.lost]) };
	const scenes = await makeScenes(api, steps, { images, narrations });
	const files = STORY.map((_, index) => path.join(OUTPUT, `scene_${index + 1}.mp4`));
	const facts = await steps.run(
		'Save them, join them with ffmpeg, and check',
		async () => {
			for (const [index, file] of files.entries())
				await download(api, scenes[index]?.video_url ?? '', file);
			await join(files, VIDEO, signal);
			return check(total(narrations), signal);
		},
		() => 'joining is not an operation of the API yet',
	);
	await report(scenes, { files, facts });
	if (!keep) {
		console.log(
			'\nThe URLs work while the worker runs: "npm run demo -- --keep" leaves it running.',
		);
		return;
	}
	console.log(`\nThe worker goes on at ${api.url}/docs (API key: ${api.key}). Ctrl-C stops it.`);
	await new Promise((resolve) => api.signal.addEventListener('abort', resolve, { once: true }));
}

const total = (narrations: readonly Narration[]): number =>
	narrations.reduce((sum, { seconds }) => sum + seconds, 0);

/** Image → moving clip → clip with narration → clip with captions: each result's URL is the next step's input. */
async function makeScenes(
	api: Api,
	steps: Steps,
	made: { readonly images: readonly string[]; readonly narrations: readonly Narration[] },
): Promise<Clip[]> {
	const { images, narrations } = made;
	const [imageUrls, audioUrls] = await steps.run('Upload images and narration', () =>
		Promise.all([
			Promise.all(images.map((file) => upload(api, file))),
			Promise.all(narrations.map(({ file }) => upload(api, file))),
		]),
	);
	const { videos } = await steps.run('img2vid: zoom into each image', (onProgress) => {
		const list = STORY.map(({ name }, index) => ({
			id: name,
			image_url: imageUrls[index],
			duration: narrations[index]?.seconds,
		}));
		const job = { operation: 'img2vid', input: { images: list, path: FOLDER } };
		return runJob<{ videos: Clip[] }>(api, job, onProgress);
	});
	const narrated = await steps.run('addaudio: put the narration under each clip', (onProgress) =>
		each(api, onProgress, (index) => ({
			operation: 'addaudio',
			input: {
				video_url: videos[index]?.video_url,
				audio_url: audioUrls[index],
				output_filename: `narrated_${index + 1}.mp4`,
				path: FOLDER,
			},
		})),
	);
	return steps.run('caption: write the words into the picture', (onProgress) =>
		each(api, onProgress, (index) => ({
			operation: 'caption',
			input: {
				video_url: narrated[index]?.video_url,
				subtitles: narrations[index]?.srt,
				output_filename: `scene_${index + 1}.mp4`,
				path: FOLDER,
			},
		})),
	);
}

/** Runs one job per scene, all at once, and tells their mean progress. */
function each(
	api: Api,
	onProgress: (percent: number) => void,
	jobOf: (index: number) => { operation: string; input: unknown },
): Promise<Clip[]> {
	const percents = STORY.map(() => 0);
	return Promise.all(
		STORY.map((_, index) =>
			runJob<Clip>(api, jobOf(index), (percent) => {
				percents[index] = percent;
				onProgress(percents.reduce((sum, value) => sum + value, 0) / percents.length);
			}),
		),
	);
}

/** The joined video must have picture and sound, and play to its end. */
async function check(seconds: number, signal: AbortSignal): Promise<Facts> {
	const facts = await probe(VIDEO, signal);
	const complete = facts.codecs.includes('h264') && facts.codecs.includes('aac');
	if (!complete) throw new Error(`${VIDEO} has ${facts.codecs.join(', ')} instead of h264 and aac`);
	// A frame may be lost or won at each cut.
	if (Math.abs(facts.seconds - seconds) > (2 * STORY.length) / FPS)
		throw new Error(`${VIDEO} is ${facts.seconds} s long instead of ${seconds.toFixed(2)} s`);
	await playThrough(VIDEO, signal);
	return facts;
}

async function report(
	scenes: readonly Clip[],
	made: { readonly files: readonly string[]; readonly facts: Facts },
): Promise<void> {
	const { files, facts } = made;
	const megabytes = ((await stat(VIDEO)).size / 1e6).toFixed(1);
	console.log('\nScenes as the API made them:');
	for (const [index, file] of files.entries())
		console.log(`  ${shown(file)}\n    ${scenes[index]?.video_url}`);
	console.log(
		`\nYour video: ${shown(VIDEO)} (${facts.width}x${facts.height}, ${facts.seconds.toFixed(1)} s, ${megabytes} MB)`,
	);
}

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
	process.on(name, () => interrupted.abort(new Error('Interrupted.')));
}

const options = process.argv.slice(2);
if (options.some((option) => option !== '--keep')) {
	process.stderr.write(HELP);
	process.exit(2);
}
try {
	await makeVideo(options.includes('--keep'), interrupted.signal);
} catch (error) {
	const reason = interrupted.signal.aborted ? interrupted.signal.reason : error;
	process.stderr.write(`\nThe demo did not finish. ${explain(reason)}\n`);
	process.exitCode = 1;
}

/** A missing program and a lost worker are told in plain words. */
function explain(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { code } = error as NodeJS.ErrnoException;
	if (code === 'ENOENT' && 'file' in error) return `Install ${String(error.file)} first.`;
	const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
	return error.message + cause;
}
