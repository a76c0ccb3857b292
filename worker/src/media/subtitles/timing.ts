/** Start and end in seconds, and what follows them on the line. */
export interface Timing {
	readonly start: number;
	readonly end: number;
	readonly settings: string;
}

const TIME = String.raw`(-?)[ \t]*(?:(\d{1,6})[ \t]*:)?[ \t]*(\d{1,6})[ \t]*:[ \t]*(\d{1,2})(?:[ \t]*[.,:][ \t]*(\d{1,9}))?`;
const LINE = new RegExp(String.raw`^[ \t]*${TIME}[ \t]*-{1,2}>[ \t]*${TIME}(.*)$`);

/**
 * Reads a timing line as tolerantly as players do: hours may be missing or above 99, the decimal mark may be
 * a comma, a dot or a colon, digits may be missing. Undefined when the line is something else.
 */
export function parseTiming(line: string): Timing | undefined {
	const match = LINE.exec(line);
	if (match === null) return undefined;
	return {
		start: seconds(match.slice(1, 6)),
		end: seconds(match.slice(6, 11)),
		settings: (match[11] ?? '').trim(),
	};
}

const ONLY_TIME = new RegExp(String.raw`^[ \t]*${TIME}[ \t]*$`);

/** One time as seconds; undefined when it is none. */
export function parseTime(text: string): number | undefined {
	const match = ONLY_TIME.exec(text);
	return match === null ? undefined : seconds(match.slice(1, 6));
}

function seconds([sign, hours = '0', minutes = '0', whole = '0', fraction = '0']: readonly (
	string | undefined
)[]): number {
	const value = Number(hours) * 3600 + Number(minutes) * 60 + Number(`${whole}.${fraction}`);
	return sign === '-' ? -value : value;
}
