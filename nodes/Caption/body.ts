import type { CaptionInput } from '../shared/contract';
import {
	compact,
	optionalText,
	outputFileName,
	outputFolder,
	ParameterError,
	type ReadParameter,
	readOptions,
	requiredText,
	requiredUrl,
} from '../shared/parameters';

function languageOf(value: unknown): string | undefined {
	const language = optionalText(value, 'Language')?.toLowerCase();
	if (language === undefined || /^[a-z]{3}$/.test(language)) return language;
	throw new ParameterError(
		'Language',
		'must be a three-letter code',
		'Use the ISO 639-2 code of the language, for example eng, deu, spa or por',
	);
}

function modeOf(value: unknown): CaptionInput['mode'] {
	if (value === undefined || value === 'burn' || value === 'soft') return value;
	throw new ParameterError('Caption Mode', 'must be burn or soft', 'Choose one of the list');
}

/** The parameters of the Caption node as the input of a caption job. Throws ParameterError. */
export function captionInput(get: ReadParameter): CaptionInput {
	const options = readOptions(get);
	const subtitles =
		get('subtitlesFrom') === 'text'
			? { subtitles: requiredText(get('subtitlesText'), 'Subtitles Text') }
			: { subtitles_url: requiredUrl(get('subtitlesUrl'), 'Subtitles URL') };
	return compact<CaptionInput>({
		video_url: requiredUrl(get('videoUrl'), 'Video URL'),
		...subtitles,
		mode: modeOf(options.captionMode),
		language: languageOf(options.language),
		output_filename: outputFileName(options),
		path: outputFolder(options),
	});
}
