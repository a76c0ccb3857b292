import type { Readable } from 'node:stream';

/** A stream that is closed at the end of the scope, read to its end or not. */
export function closing<Stream extends Readable>(
	stream: Stream,
): Disposable & { readonly stream: Stream } {
	return { stream, [Symbol.dispose]: () => void stream.destroy() };
}
