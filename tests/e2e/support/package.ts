import { execa } from 'execa';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REPOSITORY } from './paths.ts';

/** Quiet, and without a network: the package has no run-time dependencies, so nothing may be fetched. */
const NPM_OPTIONS = ['--offline', '--no-audit', '--no-fund', '--loglevel=error'];

async function builtFiles(): Promise<string[]> {
	const manifest = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
	return [...manifest.n8n.nodes, ...manifest.n8n.credentials];
}

/**
 * Packs the package as it would be published and installs it where n8n looks for community packages.
 * Peers are left out: a second n8n-workflow beside the package would make its errors foreign to n8n.
 */
export async function installPackedPackage(userFolder: string): Promise<void> {
	for (const file of await builtFiles()) {
		if (!existsSync(join(REPOSITORY, file)))
			throw new Error(`${file} is missing: run npm run build first`);
	}
	const packing = await execa(
		'npm',
		['pack', '--json', '--pack-destination', userFolder, ...NPM_OPTIONS],
		{
			cwd: REPOSITORY,
		},
	);
	const [packed] = JSON.parse(packing.stdout) as [{ filename: string }];
	const nodes = join(userFolder, '.n8n', 'nodes');
	await mkdir(nodes, { recursive: true });
	const tarball = join(userFolder, packed.filename);
	const install = ['install', tarball, '--omit=peer', '--legacy-peer-deps', '--ignore-scripts'];
	await execa('npm', [...install, ...NPM_OPTIONS], { cwd: nodes });
}
