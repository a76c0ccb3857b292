import { S3Client } from '@aws-sdk/client-s3';

/** The S3_* settings. */
export interface S3Options {
	readonly endpointUrl: string;
	readonly bucket: string;
	readonly accessKey: string;
	readonly secretKey: string;
	/** `us-east-1` for most stores, `auto` for Cloudflare R2. */
	readonly region: string;
	/** Prefix of public links: link = prefix + "/" + key, so the bucket is in it where the store wants it there. */
	readonly publicUrl?: string | undefined;
}

/** Time to connect, in milliseconds: a reachable store answers within two SYN retransmissions (1 s, 3 s). */
const CONNECT_MS = 5000;

/** Silence on a request's socket, in milliseconds, after which it counts as broken. */
const STALL_MS = 60_000;

/** Tries of each request, the first included; the SDK backs off between them. */
const MAX_ATTEMPTS = 3;

/** Parallel parts of several publishing jobs; more wait for a free connection. */
const MAX_SOCKETS = 50;

/**
 * A client that works with every S3 dialect we support: path style, and checksums only where S3 requires them (the
 * SDK's default breaks streamed PutObject on Ceph RGW and Swift).
 */
export function createS3Client(options: S3Options): S3Client {
	return new S3Client({
		endpoint: options.endpointUrl,
		region: options.region,
		credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
		forcePathStyle: true,
		requestChecksumCalculation: 'WHEN_REQUIRED',
		responseChecksumValidation: 'WHEN_REQUIRED',
		maxAttempts: MAX_ATTEMPTS,
		requestHandler: {
			connectionTimeout: CONNECT_MS,
			socketTimeout: STALL_MS,
			httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
			httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
		},
	});
}
