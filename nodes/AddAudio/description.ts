import type { INodeProperties } from 'n8n-workflow';
import { cancelOnStop, outputFileName, outputFolder, timeout } from '../shared/descriptions';

export const addAudioProperties: INodeProperties[] = [
	{
		displayName: 'Video URL',
		name: 'videoUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://example.com/video.mp4',
		description: 'Address of the video whose sound is replaced',
		hint: 'A direct link to the file; the worker downloads it',
	},
	{
		displayName: 'Audio URL',
		name: 'audioUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://example.com/narration.mp3',
		description: 'Address of the new sound: MP3, AAC, WAV, FLAC, OGG or Opus',
		hint: 'The result is as long as the shorter of the two',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		description: 'Settings that rarely need a change',
		options: [cancelOnStop, outputFileName('with_audio.mp4'), outputFolder, timeout],
	},
];
