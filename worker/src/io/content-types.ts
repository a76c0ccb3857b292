import { extname } from 'node:path';

/** Files the operations make or users upload; what is not here is served as a download. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
	'.mp4': 'video/mp4',
	'.m4v': 'video/mp4',
	'.mov': 'video/quicktime',
	'.webm': 'video/webm',
	'.mkv': 'video/x-matroska',
	'.mp3': 'audio/mpeg',
	'.m4a': 'audio/mp4',
	'.aac': 'audio/aac',
	'.wav': 'audio/wav',
	'.flac': 'audio/flac',
	'.ogg': 'audio/ogg',
	'.opus': 'audio/ogg',
	'.png': 'image/png',
	'.jpg': 'image/jpeg',
	'.jpeg': 'image/jpeg',
	'.webp': 'image/webp',
	'.gif': 'image/gif',
	'.srt': 'application/x-subrip; charset=utf-8',
	'.vtt': 'text/vtt; charset=utf-8',
	'.ass': 'text/x-ssa; charset=utf-8',
	'.txt': 'text/plain; charset=utf-8',
	'.json': 'application/json; charset=utf-8',
};

export const contentTypeOf = (filename: string): string =>
	CONTENT_TYPES[extname(filename).toLowerCase()] ?? 'application/octet-stream';
