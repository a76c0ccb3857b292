import type { INodeProperties } from 'n8n-workflow';
import { cancelOnStop, outputFileName, outputFolder, timeout } from '../shared/descriptions';

const captionMode: INodeProperties = {
	displayName: 'Caption Mode',
	name: 'captionMode',
	type: 'options',
	default: 'burn',
	description: 'How the captions get into the video',
	options: [
		{
			name: 'Burned In',
			value: 'burn',
			description: 'Drawn into the picture: shown everywhere, cannot be switched off',
		},
		{
			name: 'Soft Track',
			value: 'soft',
			description:
				'A subtitle track the viewer can switch on and off; the picture stays untouched, which is much faster',
		},
	],
};

const language: INodeProperties = {
	displayName: 'Language',
	name: 'language',
	type: 'string',
	default: '',
	placeholder: 'e.g. eng',
	description:
		'Language of a soft track as a three-letter ISO 639-2 code, shown in the player’s menu',
};

export const captionProperties: INodeProperties[] = [
	{
		displayName: 'Video URL',
		name: 'videoUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://example.com/video.mp4',
		description: 'Address of the video to caption',
		hint: 'A direct link to the file; the worker downloads it',
	},
	{
		displayName: 'Subtitles From',
		name: 'subtitlesFrom',
		type: 'options',
		default: 'url',
		description: 'Where the subtitles come from',
		options: [
			{ name: 'URL', value: 'url', description: 'A subtitle file on the web: SRT, VTT or ASS' },
			{
				name: 'Text',
				value: 'text',
				description: 'The content of a subtitle file, for example from another node',
			},
		],
	},
	{
		displayName: 'Subtitles URL',
		name: 'subtitlesUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://example.com/subtitles.srt',
		description: 'Address of the subtitle file: SRT, VTT or ASS in any common encoding',
		displayOptions: { show: { subtitlesFrom: ['url'] } },
	},
	{
		displayName: 'Subtitles Text',
		name: 'subtitlesText',
		type: 'string',
		typeOptions: { rows: 6 },
		default: '',
		required: true,
		placeholder: 'e.g. 1\n00:00:00,000 --> 00:00:02,500\nHello and welcome',
		description: 'Subtitles in SRT, VTT or ASS format; the format is recognised',
		displayOptions: { show: { subtitlesFrom: ['text'] } },
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		description: 'Settings that rarely need a change',
		options: [
			cancelOnStop,
			captionMode,
			language,
			outputFileName('captioned.mp4'),
			outputFolder,
			timeout,
		],
	},
];
