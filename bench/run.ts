// npm run bench: what the worker costs beside the bare ffmpeg, and whether it keeps its promises.
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchAddAudio } from './addaudio.ts';
import { startBenchWorker, type BenchWorker } from './bench-worker.ts';
import { benchCaption } from './caption.ts';
import { benchImg2Vid } from './img2vid.ts';
import { benchKill } from './kill.ts';
import type { BenchOptions } from './media.ts';
import { benchQueue } from './queue.ts';
import { formatTable, type Row } from './table.ts';

/** Cases in the order they run. The queue's comes first: it measures the memory of a fresh worker. */
const CASES: Record<string, (worker: BenchWorker, options: BenchOptions) => Promise<Row[]>> = {
	queue: benchQueue,
	addaudio: benchAddAudio,
	caption: benchCaption,
	img2vid: benchImg2Vid,
	kill: (_worker, options) => benchKill(options),
};

const HELP = `Usage: npm run bench [-- OPTIONS]

  --only NAMES  some of: ${Object.keys(CASES).join(',')}
  --runs N      times each side of a comparison is run (default 3)
  --short       shorter inputs: figures within a few minutes, less sure
  --full        img2vid clips of 6.5 s instead of 2 s
`;

function readOptions(): { names: string[]; runs: number; short: boolean; full: boolean } {
	const { values } = parseArgs({
		options: {
			only: { type: 'string', default: Object.keys(CASES).join(',') },
			runs: { type: 'string', default: '3' },
			short: { type: 'boolean', default: false },
			full: { type: 'boolean', default: false },
		},
	});
	const [names, runs] = [values.only.split(','), Number(values.runs)];
	const unknown = names.find((name) => !Object.hasOwn(CASES, name));
	if (unknown !== undefined) throw new Error(`There is no case "${unknown}".`);
	if (!Number.isInteger(runs) || runs < 1) throw new Error('--runs must be a whole number from 1.');
	return { names, runs, short: values.short, full: values.full };
}

async function bench({ names, ...options }: ReturnType<typeof readOptions>): Promise<void> {
	const folder = await mkdtemp(path.join(tmpdir(), 'gpu-media-bench-'));
	const say = (line: string): void => void process.stderr.write(`${line}\n`);
	const rows: Row[] = [];
	const worker = await startBenchWorker(path.join(folder, 'data'));
	try {
		for (const name of names) {
			say(`> ${name}`);
			rows.push(...((await CASES[name]?.(worker, { ...options, folder, say })) ?? []));
		}
	} catch (error) {
		say(`The worker's log:\n${worker.output()}`);
		throw error;
	} finally {
		await worker.kill('SIGTERM');
		await rm(folder, { recursive: true, force: true });
	}
	console.log(`${cpus().length} x ${cpus()[0]?.model}\n\n${formatTable(rows)}`);
}

for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(130));

let options: ReturnType<typeof readOptions>;
try {
	options = readOptions();
} catch (error) {
	process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
	process.exit(2);
}
await bench(options);
