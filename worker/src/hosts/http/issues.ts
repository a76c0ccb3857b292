/** What a schema found wrong, as zod tells it. */
export interface SchemaIssue {
	readonly code?: string | undefined;
	readonly path: readonly PropertyKey[];
	readonly message: string;
	/** Fields the schema does not know. */
	readonly keys?: readonly string[] | undefined;
}

export interface DescribedIssues {
	/** One clause per field, each naming it: "input.video_url: is required; input.vidoe_url: …". */
	readonly message: string;
	readonly fields: string[];
}

/** zod's opening words, which say nothing that the field's name does not. */
const OPENING = /^Invalid (input|option|value): /;

function clause(issue: SchemaIssue, field: string): string {
	if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
		return `${field}: is required`;
	return `${field}: ${issue.message.replace(OPENING, '')}`;
}

/** Turns issues into a message a caller can act on. `rename` maps a field to the name the caller knows it by. */
export function describeIssues(
	issues: readonly SchemaIssue[],
	rename = (name: string): string => name,
): DescribedIssues {
	const fields: string[] = [];
	const clauses: string[] = [];
	for (const issue of issues) {
		const path = issue.path.map((part) => rename(String(part)));
		for (const key of issue.keys ?? [undefined]) {
			const field = (key === undefined ? path : [...path, key]).join('.') || 'the body';
			fields.push(field);
			clauses.push(
				key === undefined
					? clause(issue, field)
					: `${field}: is not a known field; check its spelling`,
			);
		}
	}
	return { message: clauses.join('; '), fields };
}
