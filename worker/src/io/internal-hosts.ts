/** A host that may have a private address. Without `port`, every port of it is open. */
export interface InternalHost {
	readonly host: string;
	readonly port: number | undefined;
}

/** Host names as the URL parser writes them, so that `Café.Local`, `127.1` and `[0::1]` compare equal to what is asked for. */
function canonicalHost(host: string): string | undefined {
	const bare = host.replace(/^\[(.*)\]$/, '$1');
	const written = bare.includes(':') ? `[${bare}]` : bare;
	if (!/^[^\s/@?#\\]+$/.test(written) || !URL.canParse(`http://${written}`)) return undefined;
	const parsed = new URL(`http://${written}`);
	if (parsed.port !== '' || parsed.pathname !== '/') return undefined;
	return parsed.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Reads one entry of ALLOWED_INTERNAL_HOSTS: `host`, `host:port`, `[ipv6]` or `[ipv6]:port`; undefined when it is none of them. */
export function parseInternalHost(entry: string): InternalHost | undefined {
	const match = /^(\[[^\]]*\]|[^:]+)(?::(\d{1,5}))?$/.exec(entry.trim());
	const host = canonicalHost(match?.[1] ?? entry.trim());
	if (host === undefined || host === '') return undefined;
	if (match?.[2] === undefined) return { host, port: undefined };
	const port = Number(match[2]);
	return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** Whether `host:port`, as asked for by name, is on the list. What the name resolves to is not asked. */
export function isInternalHostAllowed(
	list: readonly InternalHost[],
	target: { readonly host: string; readonly port: number },
): boolean {
	const host = canonicalHost(target.host);
	return list.some(
		(entry) => entry.host === host && (entry.port === undefined || entry.port === target.port),
	);
}
