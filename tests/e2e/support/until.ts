import { setTimeout as wait } from 'node:timers/promises';

/** Between two looks, in milliseconds: short beside everything that is waited for here. */
const INTERVAL = 100;

/**
 * Looks again and again until `look` answers something, and gives that back. For what other processes do and
 * tell nobody about. A look that throws counts as "not yet"; the last reason is in the error.
 */
export async function until<T>(
	what: string,
	look: () => Promise<T | undefined> | T | undefined,
	seconds = 60,
): Promise<T> {
	const end = Date.now() + seconds * 1000;
	let reason: unknown;
	while (Date.now() < end) {
		try {
			const found = await look();
			if (found !== undefined) return found;
		} catch (error) {
			if (error instanceof GiveUp) throw error;
			reason = error;
		}
		await wait(INTERVAL);
	}
	throw new Error(`${what}: not within ${seconds} s`, { cause: reason });
}

/** Thrown by a look that knows that waiting on is useless. */
export class GiveUp extends Error {}
