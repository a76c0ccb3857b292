import type { Pool, PoolClient } from 'pg';
import type { Db } from 'pg-boss';

/** A transaction of ours as pg-boss takes it: what it does there commits with the rest. */
export const asDb = (client: PoolClient): Db => ({
	executeSql: (text, values) => client.query(text, values),
});

/** Runs `work` in a transaction: committed when it resolves, rolled back when it throws. */
export async function inTransaction<T>(
	pool: Pool,
	work: (client: PoolClient) => Promise<T>,
): Promise<T> {
	const client = await pool.connect();
	let broken: Error | undefined;
	// The pool hears of its idle connections only; an error nobody hears of ends the process.
	const onError = (error: Error): void => void (broken = error);
	client.on('error', onError);
	try {
		await client.query('BEGIN');
		const result = await work(client);
		await client.query('COMMIT');
		return result;
	} catch (error) {
		// A connection that broke has nothing to roll back; the first error is the one to tell.
		await client.query('ROLLBACK').catch(() => undefined);
		throw error;
	} finally {
		client.off('error', onError);
		client.release(broken);
	}
}
