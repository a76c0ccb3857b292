import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { runOperation } from '../shared/operation';
import { img2VidProperties } from './description';
import { planImg2Vid, presentVideos } from './plan';

export class Img2Vid implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPU Media Img2Vid',
		name: 'img2Vid',
		icon: { light: 'file:img2vid.svg', dark: 'file:img2vid.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ $parameter["imagesFrom"] === "list" ? "images from the list" : "images from input items" }}',
		description: 'Turn still images into videos with a slow zoom (Ken Burns effect)',
		defaults: { name: 'Img2Vid' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'gpuMediaApi', required: true }],
		properties: img2VidProperties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, {
			operation: 'img2vid',
			plan: planImg2Vid,
			present: presentVideos,
		});
	}
}
