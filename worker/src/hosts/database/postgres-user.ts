import { execFile, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** PostgreSQL refuses to run as root; this is the account it runs as then (Debian's own name for it). */
const USER = 'postgres';

/** User and group number of the account. */
export interface PostgresAccount {
	readonly uid: number;
	readonly gid: number;
}

async function findAccount(): Promise<PostgresAccount | undefined> {
	try {
		const [uid, gid] = await Promise.all([run('id', ['-u', USER]), run('id', ['-g', USER])]);
		return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
	} catch {
		return undefined;
	}
}

async function createAccount(): Promise<PostgresAccount> {
	await run('useradd', [
		'--system',
		'--user-group',
		'--no-create-home',
		'--shell',
		'/usr/sbin/nologin',
		USER,
	]);
	const account = await findAccount();
	if (!account) throw new Error('the user was created but cannot be looked up');
	return account;
}

/** Whether the account may pass through the folder, asked of the kernel rather than computed from modes. */
const mayEnter = (folder: string, account: PostgresAccount): boolean =>
	spawnSync('test', ['-x', folder], { uid: account.uid, gid: account.gid, cwd: '/' }).status === 0;

const ancestors = (path: string): string[] => {
	const parent = dirname(path);
	return parent === path ? [path] : [...ancestors(parent), path];
};

/**
 * Lets PostgreSQL run when the worker runs as root: makes sure its account exists and may pass through every
 * folder above `paths` (a clone in /root or in a private temporary folder is closed to it). What is missing is
 * granted with an ACL entry that allows passing through and nothing else. Does nothing for other users.
 * @returns the account, undefined for other users
 * @throws Error naming the folder when it can't be opened to the account
 */
export async function preparePostgresUser(
	paths: readonly string[],
): Promise<PostgresAccount | undefined> {
	if (process.getuid?.() !== 0) return undefined;
	const account = (await findAccount()) ?? (await createAccount());
	const folders = [...new Set(paths.flatMap(ancestors))];
	for (const folder of folders) {
		if (mayEnter(folder, account)) continue;
		try {
			await run('setfacl', ['-m', `u:${USER}:--x`, folder]);
		} catch {
			throw new Error(
				`PostgreSQL cannot run as root, and its user "${USER}" may not enter ${folder}. ` +
					'Install the Debian package acl, run the worker as an ordinary user, move the project to a folder everyone may enter (for example /opt), or set DATABASE_URL.',
			);
		}
	}
	return account;
}
