/** Aborts its signal with `reason()` when nothing was heard for `seconds`, or when the outer signal is aborted. */
export class StallWatchdog implements Disposable {
	readonly signal: AbortSignal;
	readonly #stalled = new AbortController();
	readonly #timer: NodeJS.Timeout;

	constructor(
		seconds: number,
		options: { readonly outer: AbortSignal; readonly reason: () => Error },
	) {
		this.signal = AbortSignal.any([options.outer, this.#stalled.signal]);
		this.#timer = setTimeout(() => this.#stalled.abort(options.reason()), seconds * 1000);
	}

	/** Something was heard: the time starts again. */
	heard(): void {
		this.#timer.refresh();
	}

	[Symbol.dispose](): void {
		clearTimeout(this.#timer);
	}
}
