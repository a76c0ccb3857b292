/** What one block of `-progress` says. */
export interface ProgressReport {
	/** Seconds of output written; undefined while ffmpeg says N/A. */
	readonly outSeconds: number | undefined;
	/** Changes whenever ffmpeg has got on: frame, output time and size in one text. */
	readonly position: string;
}

/** Collects `-progress` output and hands on each complete block. */
export class ProgressParser {
	readonly #onReport: (report: ProgressReport) => void;
	readonly #values = new Map<string, string>();
	#rest = '';

	constructor(onReport: (report: ProgressReport) => void) {
		this.#onReport = onReport;
	}

	push(chunk: string): void {
		const lines = (this.#rest + chunk).split('\n');
		this.#rest = lines.pop() ?? '';
		for (const line of lines) this.#readLine(line.trim());
	}

	#readLine(line: string): void {
		const equals = line.indexOf('=');
		if (equals < 0) return;
		this.#values.set(line.slice(0, equals), line.slice(equals + 1).trim());
		if (line.startsWith('progress=')) this.#onReport(this.#report());
	}

	#report(): ProgressReport {
		// Microseconds, as is out_time_ms in spite of its name.
		const microseconds = Number.parseInt(this.#values.get('out_time_us') ?? '', 10);
		const position = ['frame', 'out_time_us', 'total_size'].map((key) => this.#values.get(key));
		return {
			outSeconds: Number.isNaN(microseconds) ? undefined : microseconds / 1e6,
			position: position.join(' '),
		};
	}
}
