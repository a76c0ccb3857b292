import type { Workflow, WorkflowNode } from './workflow.ts';

export interface Pair {
	readonly video_url: string;
	audio_url: string;
}

const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });

function nodesFor(pairs: readonly Pair[]): WorkflowNode[] {
	return [
		{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, parameters: {} },
		{
			name: 'Pairs',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: { mode: 'raw', jsonOutput: JSON.stringify({ pairs }), options: {} },
		},
		{
			name: 'Split Out',
			type: 'n8n-nodes-base.splitOut',
			typeVersion: 1,
			parameters: { fieldToSplitOut: 'pairs', options: {} },
		},
		{
			name: 'Add Audio',
			type: 'n8n-nodes-gpu-media.addAudio',
			typeVersion: 1,
			parameters: { videoUrl: '={{ $json.video_url }}', audioUrl: '={{ $json.audio_url }}' },
		},
	].map((node, index) => ({ ...node, id: `node-${index}`, position: [index * 220, 0] }));
}

/** The smallest workflow with three jobs: one Add Audio node, an item for each pair. */
export function addAudioWorkflow(
	pairs: readonly Pair[],
	settings: Partial<WorkflowNode> = {},
): Workflow {
	const nodes = nodesFor(pairs).map((node) =>
		node.name === 'Add Audio' ? { ...node, ...settings } : node,
	);
	return {
		name: 'Add audio to three videos',
		nodes,
		connections: { Start: to('Pairs'), Pairs: to('Split Out'), 'Split Out': to('Add Audio') },
		settings: { executionOrder: 'v1' },
	};
}
