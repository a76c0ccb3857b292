/**
 * Runs `work` for each of `items`, at most `lanes` at a time. After a rejection none starts, and the promise rejects
 * with the first once those under way have ended: nothing is left running unseen.
 */
export async function inLanes<T>(
	lanes: number,
	items: readonly T[],
	work: (item: T) => Promise<void>,
): Promise<void> {
	const queue = items.values();
	const rejections: unknown[] = [];
	const lane = async () => {
		for (const item of queue) {
			await work(item).catch((error: unknown) => rejections.push(error));
			if (rejections.length > 0) return;
		}
	};
	await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
	if (rejections.length > 0) await Promise.reject(rejections[0]);
}
