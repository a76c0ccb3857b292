import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** When a process began, in clock ticks since boot (proc(5), field 22), so that a reused pid is not mistaken for it. */
function beganAt(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
	} catch {
		return undefined;
	}
}

function isRunning(pid: number, began: string | undefined): boolean {
	if (pid === process.pid) return false;
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
	}
	return began === undefined || began === '' || beganAt(pid) === began;
}

/**
 * Takes the data folder for this process until the returned value is disposed.
 * @throws Error when another live worker has it
 */
export async function lockDataFolder(folder: string): Promise<Disposable> {
	await mkdir(folder, { recursive: true });
	const file = join(folder, 'worker.pid');
	if (existsSync(file)) {
		const [pid, began] = readFileSync(file, 'utf8').trim().split(' ');
		if (isRunning(Number(pid), began)) {
			throw new Error(
				`Another worker (process ${pid}) uses the data folder ${folder}. Stop it, or set DATA_DIR to another folder.`,
			);
		}
	}
	writeFileSync(file, `${process.pid} ${beganAt(process.pid) ?? ''}\n`);
	return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}
