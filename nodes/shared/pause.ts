import { sleep } from 'n8n-workflow';

/**
 * Waits `ms` milliseconds, or until `signal` is aborted; never throws. Older versions of n8n know no signal in
 * their `sleep`, hence the race.
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
	if (!signal) return await sleep(ms);
	if (signal.aborted) return;
	let wake = () => {};
	const aborted = new Promise<void>((resolve) => {
		wake = resolve;
		signal.addEventListener('abort', wake, { once: true });
	});
	await Promise.race([sleep(ms, signal).catch(() => undefined), aborted]);
	signal.removeEventListener('abort', wake);
}
