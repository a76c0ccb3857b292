import { readdirSync, readFileSync } from 'node:fs';

/** Kernel clock ticks per second: 100 on every Linux that Node runs on. */
const TICKS = 100;

interface ProcessTimes {
	readonly pid: number;
	readonly parent: number;
	/** User and system time of the process itself, in seconds. */
	readonly own: number;
	/** The same of all its children that have ended and been waited for. */
	readonly ended: number;
}

function timesOf(pid: number | 'self'): ProcessTimes | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The second field is the program's name in brackets, which may hold spaces.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const ticks = (field: number): number => Number(fields[field - 3]);
		return {
			pid: Number.parseInt(stat, 10),
			parent: ticks(4),
			own: (ticks(14) + ticks(15)) / TICKS,
			ended: (ticks(16) + ticks(17)) / TICKS,
		};
	} catch {
		return undefined;
	}
}

/** CPU seconds of a process and all its descendants since they began: those that run and those that ended. */
export function treeCpuSeconds(root: number): number {
	const all = readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.flatMap((name) => timesOf(Number(name)) ?? []);
	const family = new Set([root]);
	for (let size = 0; size !== family.size;) {
		size = family.size;
		for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
	}
	return all
		.filter(({ pid }) => family.has(pid))
		.reduce((sum, { own, ended }) => sum + own + ended, 0);
}

/** CPU seconds of all children of this process that have ended. */
export const endedChildrenCpuSeconds = (): number => timesOf('self')?.ended ?? Number.NaN;

/** Memory of a process that is in use and in RAM, in MB. */
export function residentMegabytes(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, 'latin1');
	return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
}
