/** Checks per stall time: a stall is noticed at most a fifth late. */
const CHECKS_PER_STALL = 5;

/** Aborts its `signal` when nothing it is told about has changed for the given time. */
export class StallWatchdog implements Disposable {
	readonly #controller = new AbortController();
	readonly #timer: NodeJS.Timeout;
	readonly #seen: { reported: string; observed: string } = { reported: '', observed: '' };
	/** Monotonic milliseconds: a laptop that was asleep has not stalled. */
	#changedAt = performance.now();

	/** @param observe a second sign of life, asked for at every check. */
	constructor(seconds: number, observe: () => Promise<string>) {
		const limitMs = seconds * 1000;
		this.#timer = setInterval(() => void this.#check(limitMs, observe), limitMs / CHECKS_PER_STALL);
	}

	get signal(): AbortSignal {
		return this.#controller.signal;
	}

	report(position: string): void {
		this.#note('reported', position);
	}

	[Symbol.dispose](): void {
		clearInterval(this.#timer);
	}

	async #check(limitMs: number, observe: () => Promise<string>): Promise<void> {
		this.#note('observed', await observe());
		if (performance.now() - this.#changedAt > limitMs) this.#controller.abort();
	}

	#note(source: 'reported' | 'observed', value: string): void {
		if (this.#seen[source] === value) return;
		this.#seen[source] = value;
		this.#changedAt = performance.now();
	}
}
