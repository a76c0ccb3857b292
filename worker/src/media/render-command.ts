import type { Arg, CommandInput, FfmpegCommand } from './args.ts';
import { guardArgs } from './formats.ts';

/** Seconds between two progress reports of ffmpeg. */
const STATS_PERIOD = 0.5;

const GLOBAL_ARGS: readonly Arg[] = [
	['-hide_banner'],
	['-nostdin'],
	['-y'],
	['-nostats'],
	['-loglevel', 'error'],
	['-progress', 'pipe:1'],
	['-stats_period', STATS_PERIOD],
];

/** Argument groups as a flat list; absent groups are left out. */
export function flattenArgs(groups: readonly Arg[]): string[] {
	return groups.flatMap((group) => {
		if (group === null) return [];
		const [flag, value] = group;
		return value === undefined ? [flag] : [flag, String(value)];
	});
}

/**
 * A name inside the job's folder as ffmpeg is given it. We choose these names ourselves; one that ffmpeg could
 * take for an option, a protocol or a path is a mistake of ours.
 */
export function plainName(file: string): string {
	if (!/^\w[\w.-]*$/.test(file)) throw new TypeError(`not a plain file name: ${file}`);
	return file;
}

const renderInput = (input: CommandInput): string[] => [
	...flattenArgs(guardArgs(input.kind)),
	...flattenArgs(input.options ?? []),
	'-i',
	input.kind === 'generated' ? input.file : plainName(input.file),
];

/** A command as the argument list of ffmpeg, without the program's name. */
export function renderCommand(command: FfmpegCommand): string[] {
	return [
		...flattenArgs(GLOBAL_ARGS),
		...command.inputs.flatMap(renderInput),
		...flattenArgs(command.output),
		plainName(command.file),
	];
}
