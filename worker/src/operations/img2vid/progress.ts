import type { Stage } from '../../context.ts';

/** Shares of one clip's work; rendering takes nearly all of it. */
const DOWNLOADED = 0.03;
const RENDERED = 0.97;

/** What one clip tells of its progress. */
export interface PartProgress {
	downloading(): void;
	/** @param share 0 to 1 of the rendering. */
	rendering(share: number): void;
	uploading(): void;
	done(): void;
}

/** The progress of a batch: the mean over its clips, weighted by their length. */
export class BatchProgress {
	readonly #weights: readonly number[];
	readonly #report: (percent: number, stage: Stage) => void;
	readonly #shares: number[];
	readonly #stages: Stage[];

	/** @param weights length of each clip in seconds. */
	constructor(weights: readonly number[], report: (percent: number, stage: Stage) => void) {
		this.#weights = weights;
		this.#report = report;
		this.#shares = weights.map(() => 0);
		this.#stages = weights.map(() => 'queued');
	}

	of(index: number): PartProgress {
		return {
			downloading: () => this.#note(index, 0, 'downloading'),
			rendering: (share) =>
				this.#note(index, DOWNLOADED + share * (RENDERED - DOWNLOADED), 'rendering'),
			uploading: () => this.#note(index, RENDERED, 'uploading'),
			done: () => this.#note(index, 1, 'done'),
		};
	}

	#note(index: number, share: number, stage: Stage): void {
		// A second run on the CPU begins at 0 again: what was reported stays.
		this.#shares[index] = Math.max(this.#shares[index] ?? 0, share);
		this.#stages[index] = stage;
		this.#report(this.#percent(), this.#stage());
	}

	#percent(): number {
		const total = this.#weights.reduce((sum, weight) => sum + weight, 0);
		const done = this.#weights.reduce(
			(sum, weight, at) => sum + weight * (this.#shares[at] ?? 0),
			0,
		);
		return (100 * done) / total;
	}

	/** Rendering as soon as and as long as any clip is rendered; the rest names what the batch waits for. */
	#stage(): Stage {
		const order: readonly Stage[] = ['rendering', 'uploading', 'downloading'];
		return order.find((stage) => this.#stages.includes(stage)) ?? 'rendering';
	}
}
