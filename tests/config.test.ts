import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../worker/src/config.ts';

test('with nothing set, everything has a working default', () => {
	expect(readConfig({})).toMatchObject({
		PORT: 8080,
		USE_GPU: 'auto',
		BATCH_SIZE: 5,
		s3: undefined,
		ALLOWED_INTERNAL_HOSTS: [],
	});
});

test('an empty variable is an unset one', () => {
	const empty = {
		PORT: '',
		S3_ENDPOINT_URL: '',
		X_API_KEY: '',
		DATABASE_URL: '',
		ALLOWED_INTERNAL_HOSTS: '',
	};
	expect(readConfig(empty)).toEqual(readConfig({}));
});

test.each([
	['PORT', '99999'],
	['PORT', 'x'],
	['BATCH_SIZE', '0'],
	['USE_GPU', 'yes'],
	['DATABASE_URL', 'mysql://a:secret@b/c'],
	['ALLOWED_INTERNAL_HOSTS', 'http://minio:9000'],
	['LOG_LEVEL', 'loud'],
])('%s that is malformed is named, its value is not', (name, value) => {
	const read = () => readConfig({ [name]: value });
	expect(read).toThrow(ConfigError);
	expect(read).toThrow(new RegExp(`^${name} must be `));
	expect(read).not.toThrow(new RegExp(value));
});

test('all malformed variables are named at once', () => {
	expect(() => readConfig({ PORT: 'x', USE_GPU: 'x' })).toThrow(/PORT[\s\S]*USE_GPU/);
});

test('S3 is complete or refused, naming what is missing', () => {
	expect(() => readConfig({ S3_ENDPOINT_URL: 'http://s3:9000' })).toThrow(
		/S3_ACCESS_KEY and S3_SECRET_KEY/,
	);
	const s3 = { S3_ENDPOINT_URL: 'http://s3:9000/', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'b' };
	expect(readConfig(s3).s3).toMatchObject({ endpointUrl: 'http://s3:9000', bucket: 'canais' });
});

test('hosts may have ports, and IPv6 its brackets', () => {
	const hosts = 'minio:9000, n8n ,[::1]:8080,10.0.0.5';
	expect(readConfig({ ALLOWED_INTERNAL_HOSTS: hosts }).ALLOWED_INTERNAL_HOSTS).toEqual([
		'minio:9000',
		'n8n',
		'[::1]:8080',
		'10.0.0.5',
	]);
});
