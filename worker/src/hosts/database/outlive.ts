import type { Pool, PoolClient } from 'pg';
import type { PgBoss } from 'pg-boss';

/**
 * Keeps a broken connection from ending the process. pg tells of it by an event, which nobody hears in the moments
 * between a checkout and its query, or between a query and the release: Node ends a process for that. Whoever uses
 * the connection next gets the error from it all the same.
 */
export function outliveBrokenConnections(pool: Pool): void {
	const heard = new WeakSet<PoolClient>();
	const listen = (client: PoolClient): void => {
		if (heard.has(client)) return;
		heard.add(client);
		client.on('error', () => undefined);
	};
	pool.on('connect', listen);
	pool.on('acquire', listen);
}

/** The same for the pool pg-boss made for itself, which its types do not tell of. Call after its start. */
export function outliveInQueue(boss: PgBoss): void {
	const { pool } = boss.getDb() as unknown as { readonly pool?: Pool };
	if (pool) outliveBrokenConnections(pool);
}
