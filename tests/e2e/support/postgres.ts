import { join } from 'node:path';
import pg from 'pg';
import { Child } from './child.ts';
import { freePort } from './port.ts';
import { GiveUp, until } from './until.ts';

/** A PostgreSQL of its own for n8n: its other database, SQLite, would have to be compiled. */
export interface Database {
	/** As n8n wants to be told. */
	readonly environment: Readonly<Record<string, string>>;
	stop(): Promise<void>;
}

async function connect(port: number): Promise<true> {
	const client = new pg.Client({
		host: '127.0.0.1',
		port,
		user: 'n8n',
		password: 'n8n',
		database: 'n8n',
	});
	await client.connect();
	await client.end();
	return true;
}

export async function startPostgres(folder: string): Promise<Database> {
	const port = await freePort();
	const server = new Child({
		name: 'n8n-postgres',
		args: [
			join(import.meta.dirname, 'postgres-server.mts'),
			join(folder, 'postgres'),
			String(port),
		],
		cwd: folder,
		env: {},
	});
	try {
		await until('n8n has its database', async () => {
			if (server.hasExited) throw new GiveUp('PostgreSQL ended');
			return connect(port);
		});
	} catch (cause) {
		await server.stop();
		throw new Error(`PostgreSQL did not start. ${await server.tail()}`, { cause });
	}
	return {
		environment: {
			DB_TYPE: 'postgresdb',
			DB_POSTGRESDB_HOST: '127.0.0.1',
			DB_POSTGRESDB_PORT: String(port),
			DB_POSTGRESDB_DATABASE: 'n8n',
			DB_POSTGRESDB_USER: 'n8n',
			DB_POSTGRESDB_PASSWORD: 'n8n',
		},
		stop: () => server.stop(),
	};
}
