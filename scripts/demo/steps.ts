/** Shows one line per step: what it does, while it runs how far it is (on a terminal), and how long it took. */
export class Steps {
	readonly #count: number;
	#done = 0;

	constructor(count: number) {
		this.#count = count;
	}

	/** Runs a step. `work` answers what the line ends with, and may tell its progress in percent. */
	async run<Result>(
		title: string,
		work: (onProgress: (percent: number) => void) => Promise<Result>,
		note: (result: Result) => string = () => '',
	): Promise<Result> {
		const head = `[${this.#done + 1}/${this.#count}] ${title.padEnd(44)}`;
		const began = performance.now();
		rewrite(head);
		const result = await work((percent) => rewrite(`${head} ${Math.round(percent)} %`));
		const seconds = ((performance.now() - began) / 1000).toFixed(1);
		rewrite('');
		process.stdout.write(`${head} ${seconds.padStart(5)} s   ${note(result)}`.trimEnd() + '\n');
		this.#done += 1;
		return result;
	}
}

/** Replaces the line the cursor is in; nothing where the output is not a terminal. */
function rewrite(line: string): void {
	if (process.stdout.isTTY) process.stdout.write(`\r\u001b[2K${line}`);
}
