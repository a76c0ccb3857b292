import type { AddAudioInput } from '../shared/contract';
import {
	compact,
	outputFileName,
	outputFolder,
	type ReadParameter,
	readOptions,
	requiredUrl,
} from '../shared/parameters';

/** The parameters of the AddAudio node as the input of an addaudio job. Throws ParameterError. */
export function addAudioInput(get: ReadParameter): AddAudioInput {
	const options = readOptions(get);
	return compact<AddAudioInput>({
		video_url: requiredUrl(get('videoUrl'), 'Video URL'),
		audio_url: requiredUrl(get('audioUrl'), 'Audio URL'),
		output_filename: outputFileName(options),
		path: outputFolder(options),
	});
}
