import { createRequire } from 'node:module';
import { join } from 'node:path';
import { OWNER } from './n8n.ts';
import { N8N_FOLDER } from './paths.ts';
import { GiveUp, until } from './until.ts';
import type { NodeRun, Workflow } from './workflow.ts';

/** n8n stores execution data in the format of this library; its own copy reads it. */
const { parse: parseFlatted } = createRequire(join(N8N_FOLDER, 'package.json'))('flatted') as {
	parse(text: string): {
		resultData: { runData: Record<string, NodeRun[]>; error?: { message: string } };
	};
};

export interface Execution {
	readonly status: string;
	readonly runData: Readonly<Record<string, readonly NodeRun[]>>;
	readonly error?: { readonly message: string } | undefined;
}

export interface CredentialData {
	readonly baseUrl: string;
	readonly apiKey: string;
}

const CREDENTIAL_TYPE = 'gpuMediaApi';
const ENDED = new Set(['success', 'error', 'canceled', 'crashed']);

/** What the editor does, through the same endpoints and with the same login. */
export class N8nApi {
	readonly #url: string;
	readonly #cookie: string;

	private constructor(url: string, cookie: string) {
		this.#url = url;
		this.#cookie = cookie;
	}

	static async login(url: string): Promise<N8nApi> {
		const answer = await fetch(`${url}/rest/login`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ emailOrLdapLoginId: OWNER.email, password: OWNER.password }),
		});
		if (!answer.ok)
			throw new Error(`n8n refused the login: ${answer.status} ${await answer.text()}`);
		const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
		return new N8nApi(url, cookies.join('; '));
	}

	async testCredential(data: CredentialData): Promise<{ status: string; message: string }> {
		const { id, name } = await this.#createCredential(data);
		return this.#post('/rest/credentials/test', {
			credentials: { id, name, type: CREDENTIAL_TYPE, data },
		});
	}

	/** Saves an imported workflow with a credential of `data` in each of its GPU Media nodes; the answer is its id. */
	async importWorkflow(workflow: Workflow, data: CredentialData): Promise<string> {
		const { id, name } = await this.#createCredential(data);
		const nodes = workflow.nodes.map((node) =>
			node.type.startsWith('n8n-nodes-gpu-media.')
				? { ...node, credentials: { [CREDENTIAL_TYPE]: { id, name } } }
				: node,
		);
		const saved = await this.#post<{ id: string }>('/rest/workflows', { ...workflow, nodes });
		return saved.id;
	}

	/** Presses Execute; the answer is the execution's id. */
	async run(workflowId: string, trigger: string): Promise<string> {
		const started = await this.#post<{ executionId: string }>(`/rest/workflows/${workflowId}/run`, {
			triggerToStartFrom: { name: trigger },
		});
		return started.executionId;
	}

	/** Publishes a workflow, so that its production webhooks are served. */
	async activate(workflowId: string): Promise<void> {
		const { versionId } = await this.#request<{ versionId: string }>(
			`/rest/workflows/${workflowId}`,
			{
				method: 'GET',
			},
		);
		await this.#post(`/rest/workflows/${workflowId}/activate`, { versionId });
	}

	/** Calls a production webhook. It is 404 for a second or two after the workflow was published. */
	callWebhook(path: string, body: unknown): Promise<Record<string, unknown>> {
		const call = async () => {
			const answer = await fetch(`${this.#url}/webhook/${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			});
			if (answer.status === 404) return undefined;
			const text = await answer.text();
			if (!answer.ok) throw new GiveUp(`webhook ${path}: ${answer.status} ${text}`);
			return JSON.parse(text) as Record<string, unknown>;
		};
		return until(`the webhook ${path} answers`, call, 60);
	}

	async stop(executionId: string): Promise<void> {
		await this.#post(`/rest/executions/${executionId}/stop`, {});
	}

	untilEnded(executionId: string, seconds = 240): Promise<Execution> {
		const ended = async () => {
			const path = `/rest/executions/${executionId}`;
			const { status, data } = await this.#request<{ status: string; data: string }>(path, {
				method: 'GET',
			});
			if (!ENDED.has(status)) return undefined;
			const { runData, error } = parseFlatted(data).resultData;
			return { status, runData, error };
		};
		return until(`execution ${executionId} ends`, ended, seconds);
	}

	#createCredential(data: CredentialData): Promise<{ id: string; name: string }> {
		return this.#post('/rest/credentials', {
			name: 'GPU Media account',
			type: CREDENTIAL_TYPE,
			data,
		});
	}

	#post<T>(path: string, body: unknown): Promise<T> {
		return this.#request(path, { method: 'POST', body: JSON.stringify(body) });
	}

	async #request<T>(path: string, init: RequestInit): Promise<T> {
		const headers = { 'content-type': 'application/json', cookie: this.#cookie };
		const answer = await fetch(`${this.#url}${path}`, { ...init, headers });
		const text = await answer.text();
		if (!answer.ok)
			throw new Error(`${init.method} ${path}: ${answer.status} ${text.slice(0, 2000)}`);
		return (JSON.parse(text) as { data: T }).data;
	}
}
