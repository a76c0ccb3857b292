import {
	AbortMultipartUploadCommand,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
	PutObjectCommand,
	type PutObjectCommandInput,
	type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { abortError } from '../abort.ts';
import { s3Error } from './s3-errors.ts';

/** Bytes of a part and parts at once: 64 MiB of memory for each upload, and room for objects of 160 GB. */
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 4;

/** Time for the clean-up of an abandoned upload, in milliseconds: a cancelled job must end soon. */
const CLEAN_UP_MS = 5000;

export interface S3Upload {
	readonly params: PutObjectCommandInput;
	readonly signal: AbortSignal;
	/** Awaited right before the request that makes the object appear; throws when it must not. */
	readonly beforeAppearance: () => Promise<void>;
	readonly onBytes?: ((sent: number) => void) | undefined;
}

type Command = Parameters<S3Client['send']>[0];

/**
 * The client as lib-storage sees it, with two things added that it has no option for: a question before the object
 * appears, and a stop that waits until the parts are gone (its own abort() returns before that).
 * Starting a multipart upload is never cut short: its id would be lost, and its parts could not be removed.
 */
function supervised(client: S3Client, upload: S3Upload): S3Client {
	const send = async (command: Command) => {
		if (command instanceof AbortMultipartUploadCommand) {
			return client.send(command, { abortSignal: AbortSignal.timeout(CLEAN_UP_MS) });
		}
		if (upload.signal.aborted) throw abortError(upload.signal);
		if (command instanceof CreateMultipartUploadCommand) return client.send(command);
		const appears =
			command instanceof CompleteMultipartUploadCommand || command instanceof PutObjectCommand;
		if (appears) await upload.beforeAppearance();
		return client.send(command, { abortSignal: upload.signal });
	};
	return Object.create(client, { send: { value: send } }) as S3Client;
}

/** Sends an object in parts; it appears whole or not at all, and nothing of a failed one is left. Errors: storage_*, or what `beforeAppearance` throws. */
export async function uploadToS3(client: S3Client, upload: S3Upload): Promise<void> {
	const transfer = new Upload({
		client: supervised(client, upload),
		params: upload.params,
		partSize: PART_BYTES,
		queueSize: PARTS_AT_ONCE,
		leavePartsOnError: false,
	});
	transfer.on('httpUploadProgress', ({ loaded }) => upload.onBytes?.(loaded ?? 0));
	try {
		await transfer.done();
	} catch (error) {
		if (upload.signal.aborted) throw abortError(upload.signal);
		throw s3Error(error);
	}
}
