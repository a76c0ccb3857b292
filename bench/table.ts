/** One line of the result. `bar` is the most that `compared` may be. */
export interface Row {
	readonly name: string;
	readonly ours: string;
	readonly alternative: string;
	/** What is held against the bar: a ratio, or our own figure where there is nothing to compare with. */
	readonly compared: string;
	readonly bar: string;
	readonly ok: boolean;
}

const HEADER = ['case', 'ours', 'alternative', 'compared', 'bar', 'verdict'];

/** Rows as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
	const cells = [
		HEADER,
		...rows.map(({ ok, ...row }) => [
			...[row.name, row.ours, row.alternative, row.compared, row.bar],
			ok ? 'ok' : 'OVER',
		]),
	];
	const widths = HEADER.map((_, column) =>
		Math.max(...cells.map((row) => row[column]?.length ?? 0)),
	);
	const line = (row: readonly string[]): string =>
		`| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	const [header = [], ...body] = cells;
	return [line(header), rule, ...body.map(line)].join('\n');
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** The value that a share of all values does not exceed; between two values when it falls there. */
export function percentile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	const position = (sorted.length - 1) * share;
	const [below = Number.NaN, above = Number.NaN] = [
		sorted[Math.floor(position)],
		sorted[Math.ceil(position)],
	];
	return below + (above - below) * (position - Math.floor(position));
}
