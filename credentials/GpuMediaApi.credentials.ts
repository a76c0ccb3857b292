import type {
	IAuthenticateGeneric,
	ICredentialTestRequest,
	ICredentialType,
	INodeProperties,
} from 'n8n-workflow';

export class GpuMediaApi implements ICredentialType {
	name = 'gpuMediaApi';

	displayName = 'GPU Media API';

	icon = {
		light: 'file:../icons/gpuMedia.svg',
		dark: 'file:../icons/gpuMedia.dark.svg',
	} as const;

	documentationUrl = 'https://github.com/gpu-media/n8n-nodes-gpu-media#use-it';

	properties: INodeProperties[] = [
		{
			displayName: 'Worker URL',
			name: 'baseUrl',
			type: 'string',
			default: 'http://localhost:8080',
			required: true,
			placeholder: 'e.g. http://localhost:8080',
			description: 'Address of the GPU Media worker as n8n reaches it',
			hint: 'If n8n runs in Docker, localhost is the container itself: use the name of the worker’s container, or http://host.docker.internal:8080',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Key that the worker asks its callers for',
			hint: 'The X_API_KEY of the worker. If you set none, the worker made a key itself: data/api-key in its folder',
		},
	];

	authenticate: IAuthenticateGeneric = {
		type: 'generic',
		properties: {
			headers: { 'X-API-Key': '={{$credentials.apiKey}}' },
		},
	};

	// Asks for the key's own name, because that route needs the key and changes nothing.
	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{$credentials.baseUrl.trim().replace(/\\/+$/, "")}}',
			url: '/v1/me',
		},
		rules: [
			{
				type: 'responseCode',
				properties: { value: 401, message: 'The worker does not accept this API key' },
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'No GPU Media worker answers at this address. Use the Worker URL without any path',
				},
			},
		],
	};
}
