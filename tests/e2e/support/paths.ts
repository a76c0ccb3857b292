import { join, resolve } from 'node:path';

export const REPOSITORY = resolve(import.meta.dirname, '../../..');

/** Where `npm ci` puts the real n8n (tests/e2e/setup.sh). */
export const N8N_FOLDER = resolve(import.meta.dirname, '../n8n');

/** Output of every process the tests start: read these first when a test fails. */
export const LOG_FOLDER = join(REPOSITORY, '.n8n-e2e', 'logs');
