import { S3Storage } from '../../../worker/src/io/s3-storage.ts';
import type { S3Options } from '../../../worker/src/io/s3-client.ts';

/** Publishes a file as `killed.mp4`, to be killed while it does. */
const { options, path } = JSON.parse(process.argv[2] ?? '{}') as {
	options: S3Options;
	path: string;
};
await new S3Storage(options).publish({
	path,
	key: 'killed.mp4',
	contentType: 'video/mp4',
	filename: 'killed.mp4',
	signal: new AbortController().signal,
	stillOurs: async () => true,
	publicUrl: '',
});
