import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes new files into the folder for a while, as an ffmpeg does that was just told to stop. */
const folder = process.argv[2] ?? '';
const FILES = 500;

for (let count = 0; count < FILES; count++) {
	try {
		writeFileSync(join(folder, `file-${count}`), 'x');
	} catch {
		break;
	}
	if (count === 0) process.send?.('writing');
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
process.disconnect?.();
