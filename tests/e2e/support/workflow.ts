import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from './paths.ts';

export interface WorkflowNode {
	readonly id: string;
	readonly name: string;
	readonly type: string;
	readonly typeVersion: number;
	readonly position: readonly number[];
	readonly parameters: Readonly<Record<string, unknown>>;
	readonly onError?: string;
}

export interface Workflow {
	readonly name: string;
	readonly nodes: readonly WorkflowNode[];
	readonly connections: Readonly<Record<string, unknown>>;
	readonly settings: Readonly<Record<string, unknown>>;
}

export interface Item {
	readonly json: Readonly<Record<string, unknown>>;
	readonly pairedItem?: unknown;
}

export interface NodeRun {
	readonly data?: { readonly main: readonly (readonly Item[] | null)[] };
	readonly error?: { readonly message: string; readonly description?: string | null };
}

/** A workflow of examples/, as a user imports it. */
export async function example(file: string): Promise<Workflow> {
	return JSON.parse(await readFile(join(REPOSITORY, 'examples', file), 'utf8')) as Workflow;
}

/** The same workflow with some parameters, or other settings, of one node replaced. */
export function withNode(
	workflow: Workflow,
	name: string,
	change: Partial<WorkflowNode>,
): Workflow {
	if (!workflow.nodes.some((node) => node.name === name))
		throw new Error(`there is no node "${name}"`);
	const nodes = workflow.nodes.map((node) =>
		node.name === name
			? { ...node, ...change, parameters: { ...node.parameters, ...change.parameters } }
			: node,
	);
	return { ...workflow, nodes };
}

/** What a node gave out on its first output in its first run. */
export function itemsOf(
	runData: Readonly<Record<string, readonly NodeRun[]>>,
	name: string,
): readonly Item[] {
	const run = runData[name]?.[0];
	if (!run) throw new Error(`the node "${name}" did not run`);
	if (run.error) throw new Error(`the node "${name}" failed: ${run.error.message}`);
	return run.data?.main[0] ?? [];
}
