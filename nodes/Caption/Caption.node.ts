import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { jobPerItem, presentResult, runOperation } from '../shared/operation';
import { captionInput } from './body';
import { captionProperties } from './description';

export class Caption implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPU Media Caption',
		name: 'caption',
		icon: { light: 'file:caption.svg', dark: 'file:caption.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ $parameter["subtitlesFrom"] === "text" ? "subtitles from text" : "subtitles from URL" }}',
		description: 'Add captions to a video from an SRT, VTT or ASS file',
		defaults: { name: 'Caption' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'gpuMediaApi', required: true }],
		properties: captionProperties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, {
			operation: 'caption',
			plan: jobPerItem(captionInput),
			present: presentResult,
		});
	}
}
