import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a stream copy to a long encode. */
const DURATION_BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];

/** Figures for Prometheus, in a registry of their own. */
export class Metrics {
	readonly #registry = new Registry();
	readonly #seconds: Histogram;
	readonly #jobs: Counter;

	/** @param countJobs how many jobs there are of each status, asked at every scrape */
	constructor(countJobs: () => Promise<Record<string, number>>) {
		collectDefaultMetrics({ register: this.#registry });
		const registers = [this.#registry];
		this.#jobs = new Counter({
			name: 'gpu_media_job_attempts_total',
			help: 'Attempts at jobs that ended, by operation and outcome',
			labelNames: ['operation', 'outcome'],
			registers,
		});
		this.#seconds = new Histogram({
			name: 'gpu_media_job_attempt_seconds',
			help: 'Wall time of attempts at jobs',
			labelNames: ['operation', 'outcome'],
			buckets: DURATION_BUCKETS,
			registers,
		});
		new Gauge({
			name: 'gpu_media_jobs',
			help: 'Jobs in the database by status',
			labelNames: ['status'],
			registers,
			async collect() {
				for (const [status, count] of Object.entries(await countJobs()))
					this.set({ status }, count);
			},
		});
	}

	jobEnded(operation: string, outcome: string, seconds: number): void {
		this.#jobs.inc({ operation, outcome });
		this.#seconds.observe({ operation, outcome }, seconds);
	}

	async read(): Promise<{ contentType: string; text: string }> {
		return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
	}
}
