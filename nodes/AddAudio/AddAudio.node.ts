import {
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	NodeConnectionTypes,
} from 'n8n-workflow';
import { jobPerItem, presentResult, runOperation } from '../shared/operation';
import { addAudioInput } from './body';
import { addAudioProperties } from './description';

export class AddAudio implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPU Media AddAudio',
		name: 'addAudio',
		icon: { light: 'file:addAudio.svg', dark: 'file:addAudio.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: 'replace the sound of a video',
		description: 'Replace the sound of a video with a narration or music',
		defaults: { name: 'AddAudio' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'gpuMediaApi', required: true }],
		properties: addAudioProperties,
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, {
			operation: 'addaudio',
			plan: jobPerItem(addAudioInput),
			present: presentResult,
		});
	}
}
