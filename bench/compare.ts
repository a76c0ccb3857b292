import type { BenchOptions } from './media.ts';
import { median, type Row } from './table.ts';

/** One comparison of CPU time: what a job costs the worker against what ffmpeg alone costs. */
export interface Comparison {
	readonly name: string;
	/** The most that ours may cost, as a multiple of the bare command. */
	readonly bar: number;
	readonly ours: () => Promise<number>;
	readonly bare: () => Promise<number>;
}

/** Runs both sides in turn, so that a busy machine is busy for both, and compares the medians. */
export async function compare(comparison: Comparison, options: BenchOptions): Promise<Row> {
	const { name, bar } = comparison;
	const ours: number[] = [];
	const bare: number[] = [];
	for (let run = 0; run < options.runs; run++) {
		// Who goes first changes: the second finds the files in the cache.
		if (run % 2 === 0) ours.push(await comparison.ours());
		bare.push(await comparison.bare());
		if (run % 2 === 1) ours.push(await comparison.ours());
		options.say(`${name}, run ${run + 1}: ${cpu(ours.at(-1))} against ${cpu(bare.at(-1))}`);
	}
	const ratio = median(ours) / median(bare);
	return {
		name,
		ours: `${cpu(median(ours))} CPU`,
		alternative: `bare ffmpeg ${cpu(median(bare))} CPU`,
		compared: `${ratio.toFixed(2)}x`,
		bar: `${bar}x`,
		ok: ratio <= bar,
	};
}

const cpu = (seconds = Number.NaN): string => `${seconds.toFixed(2)} s`;
