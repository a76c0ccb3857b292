import type { IExecuteFunctions } from 'n8n-workflow';

/** Reads one parameter of the node for one item, with its expression evaluated. */
export type ReadParameter = (name: string, fallback?: unknown) => unknown;

/** A parameter the user has to correct. `advice` says how. */
export class ParameterError extends Error {
	readonly advice: string;

	constructor(field: string, complaint: string, advice: string) {
		super(`"${field}" ${complaint}`);
		this.advice = advice;
	}
}

export const parametersOf =
	(ctx: IExecuteFunctions, itemIndex: number): ReadParameter =>
	(name, fallback) =>
		ctx.getNodeParameter(name, itemIndex, fallback);

/** The collection "Options"; absent when the user added none. */
export const readOptions = (get: ReadParameter): Record<string, unknown> =>
	(get('options', {}) ?? {}) as Record<string, unknown>;

/** Text without surrounding blanks; undefined when there is none. */
export function optionalText(value: unknown, field: string): string | undefined {
	if (value === undefined || value === null) return undefined;
	if (typeof value === 'object') {
		throw new ParameterError(
			field,
			'is not text',
			'Check the expression: it gives a list or an object',
		);
	}
	const text = String(value).trim();
	return text === '' ? undefined : text;
}

export function requiredText(value: unknown, field: string): string {
	const text = optionalText(value, field);
	if (text !== undefined) return text;
	throw new ParameterError(
		field,
		'is empty',
		'Fill it in. If it is an expression, check that it finds a value in this item',
	);
}

/** http, https, or the upload:// reference of a file sent to the worker. */
export function requiredUrl(value: unknown, field: string): string {
	const text = requiredText(value, field);
	if (/^upload:\/\/./.test(text)) return text;
	if (/^https?:\/\/[^/\s]/i.test(text)) return text;
	throw new ParameterError(
		field,
		'is not a URL',
		'Enter the whole address of the file, beginning with https:// or http://',
	);
}

interface Range {
	min: number;
	max: number;
	/** Whole numbers only, and only multiples of this one. */
	step?: number;
}

export function numberIn(value: unknown, field: string, range: Range): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	const { min, max, step } = range;
	const fits =
		typeof number === 'number' && Number.isFinite(number) && number >= min && number <= max;
	if (fits && (step === undefined || number % step === 0)) return number;
	const kind = step === undefined ? 'a number' : step === 1 ? 'a whole number' : 'an even number';
	throw new ParameterError(
		field,
		`must be ${kind} from ${min} to ${max}`,
		'Change the value. If it is an expression, check that it finds a number in this item',
	);
}

/** Like numberIn, but undefined when the option was not added or left empty. */
export const optionalNumberIn = (
	value: unknown,
	field: string,
	range: Range,
): number | undefined =>
	value === undefined || value === null || value === '' ? undefined : numberIn(value, field, range);

/** The object without its undefined members: a field that is absent takes the worker's default. */
export function compact<T extends object>(fields: T): T {
	return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** The folder and the file name of the result, common to the operations. */
export function outputFileName(options: Record<string, unknown>): string | undefined {
	const name = optionalText(options.outputFileName, 'Output File Name');
	if (name === undefined || !/[/\\]/.test(name)) return name;
	throw new ParameterError(
		'Output File Name',
		'must not contain slashes',
		'Put the folder into the option "Output Folder"',
	);
}

/** A leading slash is dropped: people write it, and keys in a bucket have none. */
export const outputFolder = (options: Record<string, unknown>): string | undefined =>
	optionalText(options.outputFolder, 'Output Folder')?.replace(/^\/+/, '') || undefined;

/** How the node waits. Read from the first item, because it applies to the whole run. */
export interface WaitOptions {
	timeoutMinutes: number;
	cancelOnStop: boolean;
}

/** One week: longer than any job, shorter than what overflows a timer. */
const LONGEST_WAIT_MINUTES = 10_080;

export function waitOptions(options: Record<string, unknown>): WaitOptions {
	return {
		timeoutMinutes:
			optionalNumberIn(options.timeout, 'Timeout (Minutes)', {
				min: 0.01,
				max: LONGEST_WAIT_MINUTES,
			}) ?? 60,
		cancelOnStop: options.cancelOnStop !== false,
	};
}
