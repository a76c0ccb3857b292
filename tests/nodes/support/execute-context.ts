import axios, { type AxiosError } from 'axios';
import {
	type IAllExecuteFunctions,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type JsonObject,
	NodeApiError,
} from 'n8n-workflow';
import { API_KEY } from './fake-worker.ts';

export type Parameters = Record<string, unknown>;

export interface ContextSetup {
	readonly baseUrl: string;
	/** The node's parameters, evaluated for an item. */
	readonly parameters: (item: IDataObject, itemIndex: number) => Parameters;
	/** The json of each input item; default one empty item. */
	readonly items?: IDataObject[];
	readonly continueOnFail?: boolean;
	readonly signal?: AbortSignal;
	readonly apiKey?: string;
	readonly executionId?: string;
	readonly runIndex?: number;
}

const NODE: INode = {
	id: 'b2a3f5de-5b0f-4d0c-8c1e-0e9b7a7a1f10',
	name: 'The node',
	type: 'n8n-nodes-gpu-media.test',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** The context of every request sent, so that a test can tell which of them n8n could have aborted. */
export interface SentBy {
	readonly method: string;
	readonly abortable: boolean;
}

export interface FakeContext {
	readonly ctx: IExecuteFunctions;
	readonly sentBy: SentBy[];
}

/**
 * n8n's own helper in short: it adds the credential's header, sets the signal of the execution when the context has
 * one, sends by axios as n8n does, and throws every failure as a NodeApiError.
 */
async function httpRequestWithAuthentication(
	this: IAllExecuteFunctions,
	sentBy: SentBy[],
	credential: string,
	options: IHttpRequestOptions,
): Promise<unknown> {
	const { apiKey } = await this.getCredentials<{ apiKey: string }>(credential);
	const abortable = 'getExecutionCancelSignal' in this;
	sentBy.push({ method: options.method ?? 'GET', abortable });
	const signal = abortable ? (this as IExecuteFunctions).getExecutionCancelSignal() : undefined;
	try {
		const { data } = await axios.request({
			method: options.method,
			url: options.url,
			data: options.body,
			headers: { ...options.headers, Accept: 'application/json', 'X-API-Key': apiKey } as Record<
				string,
				string
			>,
			timeout: options.timeout,
			...(signal ? { signal } : {}),
		});
		return data;
	} catch (error) {
		throw new NodeApiError(this.getNode(), error as AxiosError as unknown as JsonObject);
	}
}

/** The part of IExecuteFunctions the nodes use. */
export function fakeContext(setup: ContextSetup): FakeContext {
	const items: INodeExecutionData[] = (setup.items ?? [{}]).map((json) => ({ json }));
	const sentBy: SentBy[] = [];
	const quiet = () => {};
	const ctx = {
		getNode: () => NODE,
		getInputData: () => items,
		getNodeParameter: (name: string, itemIndex: number, fallback?: unknown) =>
			setup.parameters(items[itemIndex]?.json ?? {}, itemIndex)[name] ?? fallback,
		getCredentials: async () => ({ baseUrl: setup.baseUrl, apiKey: setup.apiKey ?? API_KEY }),
		getWorkflowDataProxy: () => ({ $runIndex: setup.runIndex ?? 0 }),
		getWorkflow: () => ({ id: 'workflow-1', name: 'A workflow', active: false }),
		getExecutionId: () => setup.executionId ?? 'execution-1',
		getInstanceId: () => 'instance-1',
		continueOnFail: () => setup.continueOnFail ?? false,
		getExecutionCancelSignal: () => setup.signal,
		logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
		helpers: {
			async httpRequestWithAuthentication(
				this: IAllExecuteFunctions,
				credential: string,
				options: IHttpRequestOptions,
			) {
				return await httpRequestWithAuthentication.call(this, sentBy, credential, options);
			},
		},
	};
	return { ctx: ctx as unknown as IExecuteFunctions, sentBy };
}
