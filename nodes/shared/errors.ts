import { type INode, NodeApiError, NodeOperationError } from 'n8n-workflow';
import type { JobView } from './contract';
import type { Failure } from './failure';
import { ParameterError } from './parameters';
import { RequestFailure } from './transport';

export type NodeError = NodeApiError | NodeOperationError;

const INTERNAL_ADVICE =
	'Run the node again. If it ends the same way, look at the log of the worker';

/** What a person can do about each error code of the worker. */
const ADVICE: Record<string, string> = {
	invalid_request: 'Correct the field named in the message, then run the node again',
	input_forbidden:
		'The worker does not open private addresses. Use a public URL, or name the host in the ALLOWED_INTERNAL_HOSTS setting of the worker',
	input_not_found:
		'Open the URL in a private browser window: it must exist and need no sign-in. A temporary link may have expired',
	input_unreachable:
		'The worker could not load the URL. Check that the site is up and that the worker can reach it, then run the node again',
	input_too_large: 'Use a smaller file, or raise the size limit in the settings of the worker',
	input_unsupported:
		'Check that the URL leads to the file itself, not to a web page that shows it, and that it is of the expected kind',
	encode_failed: 'The file may be damaged. Try another file; the log of the worker has the details',
	encode_stalled: 'Run the node again. If it stalls again, look at the load of the worker',
	deadline_exceeded:
		'Give the job less to do, or raise the time limit in the settings of the worker',
	gpu_failed: 'Run the node again, or set USE_GPU=false on the worker to do without the GPU',
	storage_denied: 'Check the storage keys and the bucket in the settings of the worker',
	storage_unavailable: 'Check that the storage of the worker is up, then run the node again',
	disk_full: 'Free disk space on the worker, then run the node again',
	worker_lost: 'Run the node again; the log of the worker tells why it stopped',
	cancelled: 'Somebody cancelled the job at the worker. Run the node again to start it afresh',
	internal: INTERNAL_ADVICE,
	not_found:
		'Check the Worker URL in the credential: it is the address of the worker without any path',
	conflict: 'Run the workflow again',
};

const CHECK_WORKER =
	'Check the Worker URL in the credential and that the worker is running (npm start). If n8n runs in Docker, localhost is the container itself: use the name of the worker’s container, or host.docker.internal';

const CHECK_KEY =
	'Check the API Key in the credential: it must be the X_API_KEY of the worker. The worker prints on start in which file it keeps a key it made itself';

const CHECK_SSRF =
	'n8n blocks private addresses (N8N_SSRF_PROTECTION_ENABLED). Add the worker to N8N_SSRF_ALLOWED_HOSTNAMES, or its address to N8N_SSRF_ALLOWED_IP_RANGES';

interface Explanation {
	message: string;
	description: string;
	itemIndex: number;
	jobId?: string;
}

/** An n8n error with the job's id in its message, because the message is all that some views and tools show. */
export function nodeError(node: INode, explanation: Explanation): NodeOperationError {
	const { description, itemIndex, jobId } = explanation;
	const plain = explanation.message.replace(/\.$/, '');
	const message = jobId ? `${plain} (job ${jobId})` : plain;
	const error = new NodeOperationError(node, message, { description, itemIndex });
	// The constructor replaces a whole message that contains a word such as EPERM, even inside a file name.
	error.message = message;
	error.description = description;
	return error;
}

/** Why the node could not read its parameters for one item. */
export function parameterError(node: INode, error: unknown, itemIndex: number): NodeError {
	if (error instanceof ParameterError) {
		return nodeError(node, { message: error.message, description: error.advice, itemIndex });
	}
	return withItem(new NodeOperationError(node, error as Error, { itemIndex }), itemIndex);
}

function withItem(error: NodeError, itemIndex: number): NodeError {
	error.context.itemIndex ??= itemIndex;
	return error;
}

function explainFailure(
	failure: Failure,
	baseUrl: string,
): { message: string; description: string } {
	const said = failure.message.replace(/\.$/, '');
	if (failure.status === 401 || failure.status === 403) {
		return { message: 'The worker does not accept the API key', description: CHECK_KEY };
	}
	if (/restricted IP address/i.test(said)) {
		return { message: `n8n may not call the worker at ${baseUrl}`, description: CHECK_SSRF };
	}
	if (failure.workerCode !== undefined) {
		return { message: said, description: ADVICE[failure.workerCode] ?? INTERNAL_ADVICE };
	}
	if (failure.status !== undefined) {
		return {
			message: `The server at ${baseUrl} answered with HTTP status ${failure.status}`,
			description: `${CHECK_WORKER}. It said: ${said}`,
		};
	}
	if (failure.transportCode === undefined) {
		return { message: said, description: CHECK_WORKER };
	}
	return {
		message: `The worker cannot be reached at ${baseUrl}`,
		description: `${CHECK_WORKER}. Details: ${said}`,
	};
}

/** A request that did not succeed, for one item. */
export function requestError(
	node: INode,
	error: unknown,
	at: { itemIndex: number; jobId?: string },
): NodeError {
	if (error instanceof RequestFailure) {
		return nodeError(node, { ...explainFailure(error.failure, error.baseUrl), ...at });
	}
	if (error instanceof NodeApiError || error instanceof NodeOperationError) {
		return withItem(error, at.itemIndex);
	}
	return withItem(new NodeOperationError(node, error as Error, at), at.itemIndex);
}

/** A wait that the worker no longer answers. The job itself may be well. */
export function lostError(
	node: INode,
	error: unknown,
	at: { itemIndex: number; jobId: string },
): NodeError {
	const lost = requestError(node, error, at);
	lost.description = `The job may still be running at the worker. ${lost.description ?? ''}`.trim();
	return lost;
}

/** A job that ended without success. */
export function jobError(node: INode, job: JobView, itemIndex: number): NodeError {
	const code = job.error?.code ?? (job.status === 'cancelled' ? 'cancelled' : 'internal');
	const message =
		job.error?.message ??
		(job.status === 'cancelled'
			? 'The job was cancelled'
			: 'The worker ended the job without a result');
	const description = ADVICE[code] ?? INTERNAL_ADVICE;
	return nodeError(node, { message, description, itemIndex, jobId: job.id });
}

export function unknownJobError(node: INode, jobId: string, itemIndex: number): NodeError {
	return nodeError(node, {
		message: 'The worker does not know the job any more',
		description: 'Its database may have been reset or replaced. Run the node again',
		itemIndex,
		jobId,
	});
}

interface Overdue {
	itemIndex: number;
	jobId: string;
	minutes: number;
	/** Every job that is still running, this one too. */
	unfinished: string[];
}

export function timeoutError(node: INode, overdue: Overdue): NodeError {
	const { itemIndex, jobId, minutes, unfinished } = overdue;
	return nodeError(node, {
		message: `The job did not finish within ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
		description: `It goes on at the worker and was not cancelled. Raise "Timeout (Minutes)" under Options to wait longer. Still unfinished: ${unfinished.join(', ')}`,
		itemIndex,
		jobId,
	});
}

/** The execution was stopped by a person, by the workflow's timeout or by a shutdown of n8n. */
export function stoppedError(node: INode): NodeError {
	return nodeError(node, { message: 'The execution was stopped', description: '', itemIndex: 0 });
}
