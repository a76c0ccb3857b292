/** The steps whose time a result reports. */
export type Step = 'download' | 'encode' | 'upload';

/**
 * Adds up the wall time of each step. Steps that overlap (several downloads of one batch) count once: a step's
 * time is how long at least one of it was going on.
 */
export class Stopwatch {
	readonly #began = performance.now();
	readonly #running: Record<Step, number> = { download: 0, encode: 0, upload: 0 };
	readonly #since: Record<Step, number> = { download: 0, encode: 0, upload: 0 };
	readonly #total: Record<Step, number> = { download: 0, encode: 0, upload: 0 };

	/** Starts a lap of `step` that ends with the scope. */
	start(step: Step): Disposable {
		if (this.#running[step] === 0) this.#since[step] = performance.now();
		this.#running[step] += 1;
		return {
			[Symbol.dispose]: () => {
				this.#running[step] -= 1;
				if (this.#running[step] === 0) this.#total[step] += performance.now() - this.#since[step];
			},
		};
	}

	/** Whole milliseconds so far. */
	read(): { download_ms: number; encode_ms: number; upload_ms: number; total_ms: number } {
		return {
			download_ms: Math.round(this.#total.download),
			encode_ms: Math.round(this.#total.encode),
			upload_ms: Math.round(this.#total.upload),
			total_ms: Math.round(performance.now() - this.#began),
		};
	}
}
