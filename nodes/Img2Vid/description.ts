import type { INodeProperties } from 'n8n-workflow';
import { cancelOnStop, outputFolder, timeout } from '../shared/descriptions';

const duration: INodeProperties = {
	displayName: 'Duration (Seconds)',
	name: 'duration',
	type: 'number',
	typeOptions: { minValue: 0.1, maxValue: 3600 },
	default: 5,
	description: 'How long the video of this image is',
};

const imageUrl: INodeProperties = {
	displayName: 'Image URL',
	name: 'imageUrl',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. https://example.com/image.png',
	description: 'Address of a still image: PNG, JPEG or WebP of any size and shape',
};

const fromItems = { show: { imagesFrom: ['items'] } };

const options: INodeProperties[] = [
	cancelOnStop,
	{
		displayName: 'Frame Rate',
		name: 'frameRate',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 60 },
		default: 24,
		description: 'Frames per second, from 1 to 60',
	},
	{
		displayName: 'Image ID',
		name: 'imageId',
		type: 'string',
		displayOptions: { show: { '/imagesFrom': ['items'] } },
		default: '={{ $json.id }}',
		description:
			'Your own ID of the image, returned with its video. Without it the images are numbered from 1.',
	},
	outputFolder,
	timeout,
	{
		displayName: 'Video Height',
		name: 'height',
		type: 'number',
		typeOptions: { minValue: 16, maxValue: 4096 },
		default: 1080,
		description: 'Height of the videos in pixels, an even number',
	},
	{
		displayName: 'Video Width',
		name: 'width',
		type: 'number',
		typeOptions: { minValue: 16, maxValue: 4096 },
		default: 1920,
		description: 'Width of the videos in pixels, an even number',
	},
];

export const img2VidProperties: INodeProperties[] = [
	{
		displayName: 'Images From',
		name: 'imagesFrom',
		type: 'options',
		default: 'items',
		description: 'Where the images come from',
		options: [
			{
				name: 'Input Items',
				value: 'items',
				description: 'One image per input item; all of them become one job',
			},
			{
				name: 'List Below',
				value: 'list',
				description: 'A list in this node; one job for each input item',
			},
		],
	},
	{
		...imageUrl,
		default: '={{ $json.image_url }}',
		hint: 'A direct link to the file; the worker downloads it',
		displayOptions: fromItems,
	},
	{ ...duration, displayOptions: fromItems },
	{
		displayName: 'Images',
		name: 'images',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Image',
		default: {},
		description: 'The images in the order of their videos',
		displayOptions: { show: { imagesFrom: ['list'] } },
		options: [{ displayName: 'Image', name: 'image', values: [imageUrl, duration] }],
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		description: 'Settings that rarely need a change',
		options,
	},
];
