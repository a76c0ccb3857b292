import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';

/** An unset variable and an empty one mean the same: docker compose passes empty strings for unset ones. */
const text = () => z.string().trim().min(1);
const optional = <T extends z.ZodType>(schema: T) =>
	z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, fallback: z.input<T>) =>
	z.preprocess((value) => (value === undefined || value === '' ? fallback : value), schema);

const whole = (min: number, max: number) =>
	z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(min).max(max));

const httpUrl = () =>
	z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));

const list = () =>
	z.string().transform((value) =>
		value
			.split(',')
			.map((entry) => entry.trim())
			.filter((entry) => entry !== ''),
	);

const HOST_ENTRY = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i;

/** Each variable: its schema, and the form a person must give it in. The order is the order of the README. */
const VARIABLES = {
	PORT: { schema: withDefault(whole(0, 65_535), '8080'), form: 'a port number from 0 to 65535' },
	HOST: {
		schema: withDefault(text(), '0.0.0.0'),
		form: 'an address to listen on, for example 127.0.0.1',
	},
	X_API_KEY: { schema: optional(text()), form: 'the key clients must send' },
	PUBLIC_URL: {
		schema: optional(httpUrl()),
		form: 'the http(s) address clients reach this worker at',
	},
	DATA_DIR: { schema: withDefault(text(), './data'), form: 'a folder' },
	DATABASE_URL: {
		schema: optional(z.url({ protocol: /^postgres(ql)?$/ })),
		form: 'postgresql://user:password@host:port/database',
	},
	S3_ENDPOINT_URL: { schema: optional(httpUrl()), form: 'an http(s) URL' },
	S3_PUBLIC_URL: { schema: optional(httpUrl()), form: 'an http(s) URL' },
	S3_BUCKET_NAME: { schema: optional(text()), form: 'the name of a bucket' },
	S3_ACCESS_KEY: { schema: optional(text()), form: 'the access key id' },
	S3_SECRET_KEY: { schema: optional(text()), form: 'the secret access key' },
	S3_REGION: {
		schema: withDefault(text(), 'us-east-1'),
		form: 'a region, for example us-east-1 or auto',
	},
	USE_GPU: {
		schema: withDefault(z.enum(['auto', 'true', 'false']), 'auto'),
		form: 'auto, true or false',
	},
	BATCH_SIZE: { schema: withDefault(whole(1, 64), '5'), form: 'a whole number from 1 to 64' },
	CPU_ENCODES: {
		schema: withDefault(whole(1, 256), String(availableParallelism())),
		form: 'a whole number from 1 to 256',
	},
	GPU_ENCODES: { schema: withDefault(whole(1, 64), '3'), form: 'a whole number from 1 to 64' },
	MAX_INPUT_MB: { schema: withDefault(whole(1, 10_000_000), '10240'), form: 'a size in MiB' },
	DOWNLOAD_STALL_SECONDS: {
		schema: withDefault(whole(1, 3600), '30'),
		form: 'seconds from 1 to 3600',
	},
	ENCODE_STALL_SECONDS: {
		schema: withDefault(whole(1, 86_400), '120'),
		form: 'seconds from 1 to 86400',
	},
	JOB_DEADLINE_SECONDS: {
		schema: withDefault(whole(1, 82_800), '43200'),
		form: 'seconds from 1 to 82800',
	},
	RETRY_LIMIT: { schema: withDefault(whole(0, 20), '4'), form: 'a whole number from 0 to 20' },
	RETRY_DELAY_SECONDS: { schema: withDefault(whole(1, 3600), '2'), form: 'seconds from 1 to 3600' },
	SHUTDOWN_GRACE_SECONDS: {
		schema: withDefault(whole(0, 3600), '10'),
		form: 'seconds from 0 to 3600',
	},
	RATE_LIMIT_PER_MINUTE: {
		schema: withDefault(whole(1, 10_000_000), '12000'),
		form: 'requests per minute and client',
	},
	ALLOWED_INTERNAL_HOSTS: {
		schema: withDefault(list().pipe(z.array(z.string().regex(HOST_ENTRY))), ''),
		form: 'host or host:port, comma separated',
	},
	CORS_ALLOW_ORIGINS: { schema: withDefault(list(), ''), form: 'origins, comma separated, or *' },
	LOG_LEVEL: {
		schema: withDefault(
			z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
			'info',
		),
		form: 'fatal, error, warn, info, debug, trace or silent',
	},
	RUNPOD_ENDPOINT_ID: { schema: optional(text()), form: 'the id of an endpoint' },
	RUNPOD_IDLE_TIMEOUT: {
		schema: withDefault(whole(1, 86_400), '300'),
		form: 'seconds from 1 to 86400',
	},
	RUNPOD_MAX_TIMEOUT: {
		schema: withDefault(whole(1, 86_400), '480'),
		form: 'seconds from 1 to 86400',
	},
} as const;

type Variables = typeof VARIABLES;
type Values = { -readonly [Name in keyof Variables]: z.output<Variables[Name]['schema']> };

/** S3 settings, complete: either all that is needed is set or storage is local. */
export interface S3Config {
	readonly endpointUrl: string;
	readonly publicUrl: string | undefined;
	readonly bucket: string;
	readonly accessKey: string;
	readonly secretKey: string;
	readonly region: string;
}

export type Config = Values & { readonly version: string; readonly s3: S3Config | undefined };

/** A setting that cannot be used. The message names the variable and the form wanted, never the value. */
export class ConfigError extends Error {
	override readonly name = 'ConfigError';
}

/** The bucket name the older video API used when none was set. */
const DEFAULT_BUCKET = 'canais';

function readS3(values: Values): S3Config | undefined {
	if (values.S3_ENDPOINT_URL === undefined && values.S3_BUCKET_NAME === undefined) return undefined;
	const missing = (['S3_ENDPOINT_URL', 'S3_ACCESS_KEY', 'S3_SECRET_KEY'] as const).filter(
		(name) => values[name] === undefined,
	);
	if (missing.length > 0) {
		throw new ConfigError(
			`S3 storage needs ${missing.join(' and ')} too. Set ${missing.length > 1 ? 'them' : 'it'}, or remove the other S3_ variables to store files locally.`,
		);
	}
	return {
		endpointUrl: values.S3_ENDPOINT_URL as string,
		publicUrl: values.S3_PUBLIC_URL,
		bucket: values.S3_BUCKET_NAME ?? DEFAULT_BUCKET,
		accessKey: values.S3_ACCESS_KEY as string,
		secretKey: values.S3_SECRET_KEY as string,
		region: values.S3_REGION,
	};
}

function readVersion(): string {
	const file = new URL('../package.json', import.meta.url);
	return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

/**
 * Reads every setting once.
 * @throws ConfigError naming all variables that are malformed and the form each must have
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
	const problems: string[] = [];
	const entries = Object.entries(VARIABLES).map(([name, { schema, form }]) => {
		const parsed = schema.safeParse(environment[name]);
		if (!parsed.success) problems.push(`${name} must be ${form}.`);
		return [name, parsed.data];
	});
	if (problems.length > 0) throw new ConfigError(problems.join('\n'));
	const values = Object.fromEntries(entries) as Values;
	return {
		...values,
		DATA_DIR: resolve(values.DATA_DIR),
		version: readVersion(),
		s3: readS3(values),
	};
}
