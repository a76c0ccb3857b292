import { describe, expect, it } from 'vitest';
import { createGuardedHttp } from '../../worker/src/io/address-guard.ts';
import { parseInternalHost } from '../../worker/src/io/internal-hosts.ts';
import { codeOf, failureOf, serve } from './support/serve.ts';

const closed = createGuardedHttp({ allowedInternalHosts: [] });

describe('addresses that are refused', () => {
	it.each([
		'127.0.0.1',
		'127.1',
		'2130706433',
		'0x7f000001',
		'0177.0.0.1',
		'0.0.0.0',
		'0.1.2.3',
		'10.0.0.1',
		'172.16.0.1',
		'192.168.1.1',
		'169.254.169.254',
		'100.64.0.1',
		'100.127.255.254',
		'168.63.129.16',
		'192.0.0.8',
		'198.18.0.1',
		'224.0.0.1',
		'240.0.0.1',
		'255.255.255.255',
		'[::]',
		'[::1]',
		'[::127.0.0.1]',
		'[::a00:1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:10.0.0.1]',
		'[fe80::1]',
		'[fc00::1]',
		'[fd00:ec2::254]',
		'[fec0::1]',
		'[ff02::1]',
		'[64:ff9b::7f00:1]',
		'[2002:7f00:1::]',
		'[2001:db8::1]',
		'localhost',
	])('http and https to %s', async (host) => {
		await using server = await serve((_, response) => response.end('secret'));
		const port = server.host.split(':')[1];
		expect(await codeOf(closed.get(`http://${host}:${port}/`))).toBe('input_forbidden');
		expect(await codeOf(closed.get(`https://${host}:${port}/`))).toBe('input_forbidden');
		expect(server.requests).toHaveLength(0);
	});

	it('says which host it is and which setting opens it', async () => {
		const { message } = await failureOf(closed.get('http://[::1]:9/x?token=secret'));
		expect(message).toContain('ALLOWED_INTERNAL_HOSTS=[::1]');
		expect(message).not.toContain('secret');
		expect((await failureOf(closed.get('http://localhost:9/'))).message).toContain(
			'ALLOWED_INTERNAL_HOSTS=localhost',
		);
	});

	it('checks the target of a redirect, also from an allowed host', async () => {
		await using target = await serve((_, response) => response.end('secret'));
		await using entrance = await serve((_, response) =>
			response.writeHead(302, { location: target.url }).end(),
		);
		const http = createGuardedHttp({ allowedInternalHosts: [entrance.host] });
		const { code, message } = await failureOf(http.get(entrance.url));
		expect(code).toBe('input_forbidden');
		expect(message).toContain('127.0.0.1');
		expect(target.requests).toHaveLength(0);
		expect(entrance.requests).toHaveLength(1);
	});

	it('refuses other schemes, also as the target of a redirect', async () => {
		await using server = await serve((_, response) =>
			response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
		);
		const http = createGuardedHttp({ allowedInternalHosts: [server.host] });
		for (const url of [
			'file:///etc/passwd',
			'data:text/plain,hello',
			'ftp://example.com/x',
			server.url,
		]) {
			expect(await codeOf(http.get(url))).toBe('input_unsupported');
		}
	});

	it('uses no proxy from the environment', async () => {
		await using proxy = await serve((_, response) => response.end('through the proxy'));
		process.env['http_proxy'] = proxy.url;
		try {
			expect(await codeOf(closed.get('http://10.1.2.3/'))).toBe('input_forbidden');
		} finally {
			delete process.env['http_proxy'];
		}
		expect(proxy.requests).toHaveLength(0);
	});
});

describe('ALLOWED_INTERNAL_HOSTS', () => {
	it.each([
		['127.0.0.1', '127.0.0.1', true],
		['127.0.0.1:PORT', '127.0.0.1', true],
		['127.0.0.1:1', '127.0.0.1', false],
		['127.0.0.1', 'localhost', false],
		['localhost', 'LocalHost', true],
		[' LOCALHOST:PORT ', 'localhost', true],
		['localhost', '127.0.0.1', false],
		['::1', '127.0.0.1', false],
		['127.0.0.1', '127.1', true],
	])('%s opens %s: %s', async (entry, host, opens) => {
		await using server = await serve((_, response) => response.end('hello'));
		const port = server.host.split(':')[1] ?? '';
		const http = createGuardedHttp({ allowedInternalHosts: [entry.replace('PORT', port)] });
		const answer = http.get<string>(`http://${host}:${port}/`);
		if (opens) expect((await answer).data).toBe('hello');
		else expect(await codeOf(answer)).toBe('input_forbidden');
	});

	it.each([
		['minio', { host: 'minio', port: undefined }],
		['Minio:9000', { host: 'minio', port: 9000 }],
		['[::1]', { host: '::1', port: undefined }],
		['[0:0::1]:80', { host: '::1', port: 80 }],
		['::1', { host: '::1', port: undefined }],
		['bücher.local', { host: 'xn--bcher-kva.local', port: undefined }],
		['http://minio', undefined],
		['minio/path', undefined],
		['user@minio', undefined],
		['minio:0', undefined],
		['minio:99999', undefined],
		['minio:x', undefined],
		['', undefined],
	])('reads %s', (entry, expected) => {
		expect(parseInternalHost(entry)).toEqual(expected);
	});
});
