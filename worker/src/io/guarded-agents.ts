import { lookup as dnsLookup } from 'node:dns';
import http, { type ClientRequestArgs } from 'node:http';
import https from 'node:https';
import { BlockList, isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from 'request-filtering-agent';
import { isInternalHostAllowed, type InternalHost } from './internal-hosts.ts';

/** A connection must stand after 10 s: a reachable host answers a SYN within one or two retransmissions (1 s, 3 s, 7 s). */
const CONNECT_TIMEOUT_MS = 10_000;

/** Idle connections are closed after 30 s, so that a quiet worker holds none. */
const IDLE_TIMEOUT_MS = 30_000;

/** Addresses that count as public for request-filtering-agent but lead inside: Azure's host, and IPv4 written as `::a.b.c.d`. */
const ALSO_PRIVATE = new BlockList();
ALSO_PRIVATE.addAddress('168.63.129.16', 'ipv4');
ALSO_PRIVATE.addSubnet('::', 96, 'ipv6');

const isAlsoPrivate = (address: string): boolean =>
	isIP(address) !== 0 && ALSO_PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Thrown (by way of the socket) when a host has an address that may not be connected to. */
export class AddressRefused extends Error {
	readonly host: string;

	constructor(host: string) {
		super(`${host} has a private address`);
		this.host = host;
	}
}

type Listener = (error: Error | null, socket: Duplex) => void;
type Open = (options: ClientRequestArgs, listener?: Listener) => Duplex | null | undefined;
type LookupDone = (error: Error | null, address?: unknown, family?: number) => void;

/** dns.lookup that refuses the addresses request-filtering-agent lets through. It passes its own checks on top of this one. */
function lookup(hostname: string, options: { all?: boolean }, done: LookupDone): void {
	dnsLookup(hostname, options, (error, found: unknown, family) => {
		if (error) return done(error);
		const entries = Array.isArray(found)
			? (found as { address: string }[])
			: [{ address: String(found) }];
		if (entries.some(({ address }) => isAlsoPrivate(address)))
			return done(new AddressRefused(hostname));
		done(null, found, family);
	});
}

function refuse(host: string, listener: Listener | undefined): Duplex {
	const socket = new Socket();
	if (listener) listener(new AddressRefused(host), socket);
	else socket.destroy(new AddressRefused(host));
	return socket;
}

function limitConnectTime(socket: Duplex | null | undefined): void {
	if (!(socket instanceof Socket) || !socket.connecting) return;
	const timer = setTimeout(() => {
		socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
	}, CONNECT_TIMEOUT_MS);
	const stop = () => clearTimeout(timer);
	socket.once('connect', stop).once('close', stop);
}

interface Route {
	readonly allowed: readonly InternalHost[];
	/** Connects without a check, for hosts on the list. */
	readonly direct: Open;
	/** Connects through request-filtering-agent. */
	readonly filtered: Open;
}

/** Every connection passes here, so literals, looked-up names and redirects are all checked at connect time. */
function connect(
	route: Route,
	options: ClientRequestArgs,
	listener: Listener | undefined,
): Duplex | null | undefined {
	const host = options.host ?? 'localhost';
	const isAllowed = isInternalHostAllowed(route.allowed, { host, port: Number(options.port) });
	if (!isAllowed && isAlsoPrivate(host)) return refuse(host, listener);
	const socket = isAllowed
		? route.direct(options, listener)
		: route.filtered({ ...options, lookup } as ClientRequestArgs, listener);
	limitConnectTime(socket);
	return socket;
}

const AGENT_OPTIONS = { keepAlive: true, timeout: IDLE_TIMEOUT_MS } as const;

export class GuardedHttpAgent extends RequestFilteringHttpAgent {
	readonly #allowed: readonly InternalHost[];

	constructor(allowed: readonly InternalHost[]) {
		super(AGENT_OPTIONS);
		this.#allowed = allowed;
	}

	override createConnection(options: ClientRequestArgs, listener?: Listener): Duplex {
		const direct: Open = (...args) => http.Agent.prototype.createConnection.apply(this, args);
		const filtered: Open = (o, l) => super.createConnection(o as never, l as never);
		return connect({ allowed: this.#allowed, direct, filtered }, options, listener) as Duplex;
	}
}

export class GuardedHttpsAgent extends RequestFilteringHttpsAgent {
	readonly #allowed: readonly InternalHost[];

	constructor(allowed: readonly InternalHost[]) {
		super(AGENT_OPTIONS);
		this.#allowed = allowed;
	}

	override createConnection(options: ClientRequestArgs, listener?: Listener): Duplex {
		const direct: Open = (...args) => https.Agent.prototype.createConnection.apply(this, args);
		const filtered: Open = (o, l) => super.createConnection(o as never, l as never);
		return connect({ allowed: this.#allowed, direct, filtered }, options, listener) as Duplex;
	}
}
