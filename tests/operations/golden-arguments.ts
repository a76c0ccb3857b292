import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { FfmpegCommand } from '../../worker/src/media/args.ts';
import { renderCommand } from '../../worker/src/media/render-command.ts';

/** The rendered command in the form of the golden files: one argument a line. */
export const argumentLines = (command: FfmpegCommand): string =>
	`${renderCommand(command).join('\n')}\n`;

export const golden = (name: string): string =>
	readFileSync(path.join(import.meta.dirname, 'golden', `${name}.args`), 'utf8');
