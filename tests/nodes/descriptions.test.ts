import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';
import { GpuMediaApi } from '../../credentials/GpuMediaApi.credentials.ts';
import { AddAudio } from '../../nodes/AddAudio/AddAudio.node.ts';
import { Caption } from '../../nodes/Caption/Caption.node.ts';
import { Img2Vid } from '../../nodes/Img2Vid/Img2Vid.node.ts';

const root = join(import.meta.dirname, '../..');

const nodes = [
	{ folder: 'AddAudio', description: new AddAudio().description },
	{ folder: 'Caption', description: new Caption().description },
	{ folder: 'Img2Vid', description: new Img2Vid().description },
];

/** Every field a user can see, however deep. */
function allFields(properties: INodeProperties[]): INodeProperties[] {
	return properties.flatMap((property) => {
		if (property.type === 'collection')
			return [property, ...allFields(property.options as INodeProperties[])];
		if (property.type !== 'fixedCollection') return [property];
		const groups = property.options as Array<{ values: INodeProperties[] }>;
		return [property, ...groups.flatMap(({ values }) => allFields(values))];
	});
}

const optionsOf = (description: INodeTypeDescription): INodeProperties[] =>
	description.properties.find(({ name }) => name === 'options')?.options as INodeProperties[];

const iconFiles = (icon: unknown): string[] =>
	Object.values(icon as Record<string, string>).map((path) => path.replace(/^file:/, ''));

describe.each(nodes)('the node $folder', ({ folder, description }) => {
	const fields = allFields(description.properties);

	it('explains every field, in a sentence that is not its name', () => {
		for (const field of fields) {
			expect(field.description ?? field.hint, field.displayName).toMatch(/^\w.{9,}/);
		}
		for (const choice of fields
			.filter(({ type }) => type === 'options')
			.flatMap(({ options }) => options ?? [])) {
			expect(choice).toHaveProperty('description');
		}
	});

	it('shows by an example what a URL, a name or a text looks like', () => {
		const typed = fields.filter(({ type, name }) => type === 'string' && name !== 'imageId');
		expect(typed.length).toBeGreaterThan(2);
		for (const { placeholder, displayName } of typed)
			expect(placeholder, displayName).toMatch(/^e\.g\. /);
		for (const { placeholder, displayName } of typed.filter((field) =>
			/URL$/.test(field.displayName),
		)) {
			expect(placeholder, displayName).toMatch(/^e\.g\. https:\/\//);
		}
	});

	it('asks on top only for what it cannot do without, and keeps the rest under Options in order', () => {
		const top = description.properties;
		expect(top.at(-1)?.name).toBe('options');
		expect(top.length).toBeLessThanOrEqual(5);
		const names = optionsOf(description).map(({ displayName }) => displayName);
		expect(names).toEqual([...names].sort((one, other) => one.localeCompare(other)));
		expect(names).toContain('Timeout (Minutes)');
		expect(names).toContain('Cancel Job If Execution Stops');
	});

	it('can be found and used by people and by agents', () => {
		expect(description.displayName).toMatch(/^GPU Media /);
		expect(description.usableAsTool).toBe(true);
		expect(description.subtitle).toBeTruthy();
		const codex = JSON.parse(
			readFileSync(join(root, `nodes/${folder}/${folder}.node.json`), 'utf8'),
		);
		expect(codex.node).toBe(`n8n-nodes-gpu-media.${description.name}`);
		expect(codex.alias.length).toBeGreaterThan(4);
	});

	it('has a light and a dark icon of its own', () => {
		const files = iconFiles(description.icon);
		expect(files.length).toBe(2);
		const drawings = files.map((file) => readFileSync(join(root, 'nodes', folder, file), 'utf8'));
		expect(new Set(drawings).size).toBe(2);
		for (const drawing of drawings) expect(drawing).toContain('viewBox="0 0 60 60"');
	});

	it('uses the one credential', () => {
		expect(description.credentials).toEqual([{ name: new GpuMediaApi().name, required: true }]);
	});
});

describe('the credential', () => {
	const credential = new GpuMediaApi();

	it('explains both fields and hides the key', () => {
		for (const { description, hint } of credential.properties)
			expect(description ?? hint).toBeTruthy();
		const [url, key] = credential.properties;
		expect(url).toMatchObject({ name: 'baseUrl', placeholder: 'e.g. http://localhost:8080' });
		expect(key).toMatchObject({ name: 'apiKey', typeOptions: { password: true } });
	});

	it('is tested by a route that needs the key', () => {
		expect(credential.test.request.url).toBe('/v1/me');
		expect(credential.authenticate.properties.headers).toEqual({
			'X-API-Key': '={{$credentials.apiKey}}',
		});
	});

	it('says in its test what is wrong with the key or the address', () => {
		const said = credential.test.rules?.map(({ properties }) => Object.values(properties));
		expect(said).toEqual([
			[401, expect.stringContaining('API key')],
			[404, expect.stringContaining('Worker URL')],
		]);
	});

	it('has icons', () => {
		for (const file of iconFiles(credential.icon))
			expect(existsSync(join(root, 'credentials', file))).toBe(true);
	});
});

describe('the package', () => {
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

	it('registers every node and the credential, and needs nothing at run time', () => {
		const sources = [...manifest.n8n.nodes, ...manifest.n8n.credentials].map((path: string) =>
			path.replace(/^dist\//, '').replace(/\.js$/, '.ts'),
		);
		expect(sources.every((path) => existsSync(join(root, path)))).toBe(true);
		expect(manifest.n8n.nodes.length).toBe(nodes.length);
		expect(manifest.dependencies).toBeUndefined();
		expect(manifest.files).toEqual(['dist']);
	});
});
