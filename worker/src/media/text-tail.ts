/** Characters kept of a program's error output: enough for its last words, whatever it prints before. */
const TAIL_LENGTH = 8192;

/** The end of a text that arrives in pieces, in bounded memory. */
export class TextTail {
	#text = '';

	push(chunk: string): void {
		this.#text = (this.#text + chunk).slice(-TAIL_LENGTH);
	}

	get text(): string {
		return this.#text;
	}
}
