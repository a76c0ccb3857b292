import { abortError } from './abort.ts';

/** A counting semaphore. Slots are handed out in the order they were asked for and given back by scope. */
export class Semaphore {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	/** @param slots how many may be held at once, at least 1 */
	constructor(slots: number) {
		this.#free = slots;
	}

	/**
	 * Waits for a slot: `using slot = await semaphore.acquire(signal)`.
	 * @throws CodedError of the signal's reason when it is aborted while waiting
	 */
	async acquire(signal: AbortSignal): Promise<Disposable> {
		if (signal.aborted) throw abortError(signal);
		if (this.#free > 0) this.#free -= 1;
		else await this.#wait(signal);
		let held = true;
		return {
			[Symbol.dispose]: () => {
				if (held) this.#release();
				held = false;
			},
		};
	}

	#wait(signal: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			const enter = () => {
				signal.removeEventListener('abort', leave);
				resolve();
			};
			const leave = () => {
				this.#waiting.splice(this.#waiting.indexOf(enter), 1);
				reject(abortError(signal));
			};
			this.#waiting.push(enter);
			signal.addEventListener('abort', leave, { once: true });
		});
	}

	#release(): void {
		const next = this.#waiting.shift();
		if (next) next();
		else this.#free += 1;
	}
}
