/**
 * Runs `work` for each number below `count`, at most `lanes` at a time. After a rejection none starts, and the
 * promise rejects with the first once those under way have ended: nothing is left running unseen.
 */
export async function inLanes(
	lanes: number,
	count: number,
	work: (index: number) => Promise<void>,
): Promise<void> {
	let next = 0;
	const rejections: unknown[] = [];
	const lane = async () => {
		while (next < count && rejections.length === 0) {
			const index = next;
			next += 1;
			await work(index).catch((error: unknown) => rejections.push(error));
		}
	};
	await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
	if (rejections.length > 0) await Promise.reject(rejections[0]);
}
