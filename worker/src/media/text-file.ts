const startsLike = (pattern: RegExp, message: string) => ({ pattern, message });

/** Text that people give a URL of by mistake, told apart by how it begins. */
const TEXT_FILES = [
	startsLike(
		/^(<!doctype html|<html|<head|<body)/i,
		'The URL answered with a web page, not with a media file. Use a direct download link (a share page of a cloud drive is not one).',
	),
	startsLike(
		/^#EXTM3U/i,
		'The file is a playlist (M3U8), not media itself. Give the URL of the media file.',
	),
	startsLike(
		/^ffconcat/i,
		'The file is a playlist (ffconcat), not media itself. Give the URL of the media file.',
	),
	startsLike(
		/^(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)?<svg/i,
		'SVG drawings are not supported. Export the drawing as PNG and use that.',
	),
	startsLike(
		/^(<\?xml|<\w)/i,
		'The URL answered with an XML document, not with a media file. It may be an error message of the storage: open the URL in a browser to see it.',
	),
	startsLike(
		/^[{[]/,
		'The URL answered with JSON, not with a media file. It may be an error message: open the URL in a browser to see it.',
	),
];

/** What to tell somebody whose file is text of a known kind instead of media; undefined for all else. */
export function describeTextFile(start: Buffer): string | undefined {
	if (start.length === 0) return 'The file is empty.';
	const text = start
		.toString('utf8')
		.replace(/^\uFEFF/, '')
		.trimStart();
	return TEXT_FILES.find(({ pattern }) => pattern.test(text))?.message;
}
