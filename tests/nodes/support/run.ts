import type { INodeExecutionData, INodeType, NodeOperationError } from 'n8n-workflow';
import { Caption } from '../../../nodes/Caption/Caption.node.ts';
import { type ContextSetup, fakeContext } from './execute-context.ts';

type Execute = (this: unknown) => Promise<INodeExecutionData[][]>;

/** Runs a node and answers the items of its one output. */
export async function runNode(node: INodeType, setup: ContextSetup): Promise<INodeExecutionData[]> {
	return await runInContext(node, fakeContext(setup).ctx);
}

export async function runInContext(node: INodeType, ctx: unknown): Promise<INodeExecutionData[]> {
	const [items] = await (node.execute as Execute).call(ctx);
	return items ?? [];
}

/** What a run that has to fail throws. */
export async function errorOf(run: Promise<unknown>): Promise<NodeOperationError> {
	return await run.then(
		() => Promise.reject(new Error('the node did not fail')),
		(error: NodeOperationError) => error,
	);
}

export const caption = new Caption();

/** A Caption node that takes its video from the item. */
export const captionOf =
	(options: Record<string, unknown> = {}) =>
	(item: { video?: unknown }) => ({
		videoUrl: item.video,
		subtitlesFrom: 'text',
		subtitlesText: '1\n00:00:00,000 --> 00:00:01,000\nHi\n',
		options,
	});

export const videos = (count: number) =>
	Array.from({ length: count }, (_, index) => ({ video: `https://example.com/${index}.mp4` }));
