import type { Readable } from 'node:stream';

/** An output that is ready, to appear under `key`. The file may be moved away. */
export interface FileToPublish {
	readonly path: string;
	/** Made by objectKey(). */
	readonly key: string;
	readonly contentType: string;
	/** The name a browser saves it under. */
	readonly filename: string;
	readonly signal: AbortSignal;
	/** Asked right before the file appears; no means that another worker owns the job now. */
	readonly stillOurs: () => Promise<boolean>;
	/** Where the worker itself is reached, for links to local files; no slash at the end. */
	readonly publicUrl: string;
	readonly onBytes?: (sent: number) => void;
}

export interface UploadToSave {
	readonly name: string;
	readonly contentType: string | undefined;
	readonly body: Readable;
	readonly maxBytes: number;
	readonly signal: AbortSignal;
}

export interface SavedUpload {
	/** `upload://<id>/<name>`, accepted wherever an input URL is. */
	readonly reference: string;
	readonly sizeBytes: number;
}

export interface PlaceToPut {
	readonly path: string;
	readonly signal: AbortSignal;
	readonly maxBytes: number;
}

/** Where outputs are published and uploads are kept. */
export interface Storage {
	readonly kind: 'local' | 's3';
	/**
	 * Makes the file appear under its key at once, never in part.
	 * Errors: worker_lost (nothing appears), cancelled, disk_full, storage_denied, storage_unavailable.
	 */
	publish(file: FileToPublish): Promise<{ readonly url: string; readonly sizeBytes: number }>;
	/** Errors: input_too_large, invalid_request (the body broke off), disk_full, storage_*. */
	saveUpload(upload: UploadToSave): Promise<SavedUpload>;
	/**
	 * Puts the file behind an upload:// reference, or behind a link this storage made, at `target.path`; undefined
	 * when the URL is neither. Errors: input_not_found (gone), input_forbidden (the link has expired),
	 * input_too_large, disk_full, storage_*.
	 */
	materialise(url: string, target: PlaceToPut): Promise<{ readonly sizeBytes: number } | undefined>;
	/** Missing is fine. */
	deleteUpload(reference: string): Promise<void>;
	/** Deletes uploads older than that and tells how many. */
	sweepUploads(olderThanMs: number): Promise<number>;
	/** Errors: storage_denied, storage_unavailable, disk_full when outputs could not be published now. */
	check(signal?: AbortSignal): Promise<void>;
}
