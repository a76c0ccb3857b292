import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FfmpegCommand } from '../worker/src/media/args.ts';
import { renderCommand } from '../worker/src/media/render-command.ts';
import { inLanes } from '../worker/src/operations/img2vid/lanes.ts';
import { endedChildrenCpuSeconds } from './cpu-time.ts';

/**
 * Runs the very commands the worker runs, nothing around them, and answers their CPU seconds.
 *
 * @param lanes how many run at once, as many as in the worker: processes that share a cache cost more.
 */
export async function runBare(
	commands: readonly FfmpegCommand[],
	folder: string,
	lanes = 1,
): Promise<number> {
	const before = endedChildrenCpuSeconds();
	await inLanes(commands, lanes, (command) => runFfmpeg(renderCommand(command), folder));
	return endedChildrenCpuSeconds() - before;
}

async function runFfmpeg(args: readonly string[], folder: string): Promise<void> {
	const child = spawn('ffmpeg', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
	const [code] = (await once(child, 'close')) as [number | null];
	if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}
