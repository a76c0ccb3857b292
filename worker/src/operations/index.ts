import { addaudio } from './addaudio/index.ts';
import { caption } from './caption/index.ts';
import { img2vid } from './img2vid/index.ts';
import type { Operation } from './operation.ts';

/** Every operation the worker knows. Order is the order of the documentation. */
export const OPERATIONS = [caption, img2vid, addaudio] as const;

export type OperationName = (typeof OPERATIONS)[number]['name'];

const byName = new Map<string, Operation>(
	OPERATIONS.map((operation) => [operation.name, operation as Operation]),
);

export function findOperation(name: string): Operation | undefined {
	return byName.get(name);
}
