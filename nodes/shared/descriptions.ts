import type { INodeProperties } from 'n8n-workflow';

export const cancelOnStop: INodeProperties = {
	displayName: 'Cancel Job If Execution Stops',
	name: 'cancelOnStop',
	type: 'boolean',
	default: true,
	description:
		'Whether to cancel unfinished jobs at the worker when the execution is stopped, or ends because another item did not succeed',
};

export const outputFileName = (fallback: string): INodeProperties => ({
	displayName: 'Output File Name',
	name: 'outputFileName',
	type: 'string',
	default: '',
	placeholder: `e.g. ${fallback}`,
	description: `File name of the result. Without it the name is ${fallback}.`,
});

export const outputFolder: INodeProperties = {
	displayName: 'Output Folder',
	name: 'outputFolder',
	type: 'string',
	default: '',
	placeholder: 'e.g. my-project/episode-1',
	description:
		'Folder in the storage of the worker. Without it every job has its own, so that results never overwrite each other.',
};

export const timeout: INodeProperties = {
	displayName: 'Timeout (Minutes)',
	name: 'timeout',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 10080 },
	default: 60,
	description:
		'How long to wait for the jobs. A job that takes longer is not cancelled: it goes on at the worker.',
};
