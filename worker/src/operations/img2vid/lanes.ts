/**
 * Works on all items with at most `count` of them in flight, and answers their results in the order of the
 * items. The first failure aborts `signal` for the others, is waited for until they have stopped, and is thrown.
 */
export async function inLanes<Item, Result>(
	items: readonly Item[],
	count: number,
	work: (item: Item, index: number, signal: AbortSignal) => Promise<Result>,
): Promise<Result[]> {
	const results = new Array<Result>(items.length);
	const failed = new AbortController();
	const queue = items.entries();
	const lane = async (): Promise<void> => {
		for (const [index, item] of queue) {
			if (failed.signal.aborted) return;
			results[index] = await work(item, index, failed.signal);
		}
	};
	const guarded = (): Promise<void> => lane().catch((error: unknown) => failed.abort(error));
	await Promise.all(Array.from({ length: Math.min(count, items.length) }, guarded));
	if (failed.signal.aborted) throw failed.signal.reason;
	return results;
}
