import { expect, test, vi } from 'vitest';
import { Stopwatch } from '../../worker/src/executors/stopwatch.ts';

test('laps of one step that overlap count once, those of different steps each', () => {
	let now = 1000;
	const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
	const stopwatch = new Stopwatch();
	const first = stopwatch.start('download');
	now += 100;
	const second = stopwatch.start('download');
	const encode = stopwatch.start('encode');
	now += 100;
	first[Symbol.dispose]();
	now += 100;
	second[Symbol.dispose]();
	encode[Symbol.dispose]();
	now += 100;
	expect(stopwatch.read()).toEqual({
		download_ms: 300,
		encode_ms: 200,
		upload_ms: 0,
		total_ms: 400,
	});
	clock.mockRestore();
});
