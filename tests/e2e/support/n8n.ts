import { join } from 'node:path';
import { Child } from './child.ts';
import { installPackedPackage } from './package.ts';
import { N8N_FOLDER } from './paths.ts';
import { freePort } from './port.ts';
import { startPostgres } from './postgres.ts';
import { TemporaryFolder } from './temporary-folder.ts';
import { GiveUp, until } from './until.ts';

/** Seconds for the first start, which runs all of n8n's migrations: 20 to 45 on two idle cores. */
const START_LIMIT = 240;

export const OWNER = {
	email: 'owner@example.com',
	firstName: 'Test',
	lastName: 'Owner',
	password: 'Correct-Horse-9',
};

export interface RunningN8n extends AsyncDisposable {
	readonly url: string;
}

function environment(
	folder: string,
	ports: { http: number; broker: number },
): Record<string, string> {
	return {
		HOME: folder,
		N8N_USER_FOLDER: folder,
		N8N_ENCRYPTION_KEY: 'only-for-tests',
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_PORT: String(ports.http),
		N8N_RUNNERS_BROKER_PORT: String(ports.broker),
		N8N_SECURE_COOKIE: 'false',
		N8N_DISABLE_UI: 'true',
		N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
		NO_COLOR: '1',
	};
}

async function untilReady(url: string, n8n: Child): Promise<void> {
	const ready = async () => {
		if (n8n.hasExited) throw new GiveUp(`n8n ended before it was ready. ${await n8n.tail()}`);
		return (await fetch(`${url}/healthz/readiness`)).ok || undefined;
	};
	await until('n8n is ready', ready, START_LIMIT).catch(async (cause: unknown) => {
		throw new Error(`n8n did not start. ${await n8n.tail()}`, { cause });
	});
}

/** A real n8n on a fresh PostgreSQL, with the packed package installed and its owner set up. */
export async function startN8n(): Promise<RunningN8n> {
	await using cleanup = new AsyncDisposableStack();
	const { path: folder } = cleanup.use(await TemporaryFolder.make('n8n'));
	await installPackedPackage(folder);
	const database = await startPostgres(folder);
	cleanup.defer(() => database.stop());
	const ports = { http: await freePort(), broker: await freePort() };
	const n8n = new Child({
		name: 'n8n',
		args: [join(N8N_FOLDER, 'node_modules/n8n/bin/n8n'), 'start'],
		cwd: folder,
		env: { ...environment(folder, ports), ...database.environment },
	});
	cleanup.defer(() => n8n.stop());
	const url = `http://127.0.0.1:${ports.http}`;
	await untilReady(url, n8n);
	const setup = await fetch(`${url}/rest/owner/setup`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(OWNER),
	});
	if (!setup.ok) throw new Error(`n8n refused its owner: ${setup.status} ${await setup.text()}`);
	const running = cleanup.move();
	return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
