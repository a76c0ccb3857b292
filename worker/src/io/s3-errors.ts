import { CodedError } from '../errors.ts';
import { diskError, errorCode } from './disk-errors.ts';

/** What an S3 error is, as far as the SDK tells. HEAD answers have a status but no name. */
interface S3Failure {
	readonly name?: string;
	readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Which setting to mend, by the name of the S3 error. The value is never shown. */
const DENIALS: Readonly<Record<string, string>> = {
	InvalidAccessKeyId: 'the store does not know the access key. Check S3_ACCESS_KEY',
	SignatureDoesNotMatch: 'the secret key is wrong. Check S3_SECRET_KEY',
	AuthorizationHeaderMalformed: 'the region is wrong. Check S3_REGION',
	AccessDenied:
		'the access key may not do this. Give it read, write and delete rights on S3_BUCKET_NAME',
	NoSuchBucket: 'the bucket does not exist and could not be made. Check S3_BUCKET_NAME',
	InvalidBucketName: 'the bucket name is not valid. Check S3_BUCKET_NAME',
	PermanentRedirect: 'the bucket lives elsewhere. Check S3_ENDPOINT_URL and S3_REGION',
	RequestTimeTooSkewed: 'the clock of the worker is wrong. Set the time of the machine',
	QuotaExceeded: 'the quota of the store is used up. Free some space in the bucket',
};

const statusOf = (error: unknown): number | undefined =>
	(error as S3Failure | null)?.$metadata?.httpStatusCode;

/** Whether the object (or bucket) asked for is not there. */
export function isMissing(error: unknown): boolean {
	const name = (error as S3Failure | null)?.name ?? '';
	return (
		name === 'NoSuchKey' ||
		name === 'NotFound' ||
		(statusOf(error) === 404 && name !== 'NoSuchBucket')
	);
}

function denial(error: unknown): string | undefined {
	const known = DENIALS[(error as S3Failure | null)?.name ?? ''];
	const status = statusOf(error);
	if (known !== undefined) return known;
	if (status === 401 || status === 403)
		return 'the store refused the keys. Check S3_ACCESS_KEY and S3_SECRET_KEY';
	if (status === 404) return DENIALS['NoSuchBucket'];
	return status !== undefined && status >= 300 && status < 500 && status !== 408 && status !== 429
		? 'the store does not accept the request. Check S3_ENDPOINT_URL'
		: undefined;
}

/** Any failure of a request to the store as a CodedError: storage_denied, storage_unavailable, or disk_full here. */
export function s3Error(error: unknown): CodedError {
	if (error instanceof CodedError) return error;
	const onDisk = diskError(error);
	if (onDisk instanceof CodedError) return onDisk;
	const details = { s3_error: (error as S3Failure | null)?.name, http_status: statusOf(error) };
	const denied = denial(error);
	if (denied !== undefined) {
		return new CodedError('storage_denied', `The result could not be stored: ${denied}.`, {
			details,
			cause: error,
		});
	}
	return new CodedError(
		'storage_unavailable',
		'The S3 store does not answer properly. Check that it runs and that S3_ENDPOINT_URL is right.',
		{ details: { ...details, system_error: errorCode(error) }, cause: error },
	);
}

/** Runs requests to the store and throws their failures through {@link s3Error}. */
export async function onS3<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		throw s3Error(error);
	}
}
