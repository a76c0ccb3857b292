export interface CaptionInput {
	video_url: string;
	subtitles_url?: string;
	subtitles?: string;
	mode?: 'burn' | 'soft';
	language?: string;
	output_filename?: string;
	path?: string;
}

export interface CaptionOutput {
	video_url: string;
	filename: string;
	duration_seconds: number;
	width: number;
	height: number;
	cues: number;
	encoder: string;
	encoder_fallback?: string;
}

export interface Img2VidInput {
	images: Array<{ id: string | number; image_url: string; duration: number }>;
	width?: number;
	height?: number;
	fps?: number;
	path?: string;
}

export interface Img2VidOutput {
	videos: Array<{
		id: string | number;
		video_url: string;
		filename: string;
		duration_seconds: number;
		encoder: string;
		encoder_fallback?: string;
	}>;
	duration_seconds: number;
	encoder: string;
	encoder_fallback?: string;
}

export interface AddAudioInput {
	video_url: string;
	audio_url: string;
	mode?: 'replace';
	output_filename?: string;
	path?: string;
}

export interface AddAudioOutput {
	video_url: string;
	filename: string;
	duration_seconds: number;
	audio_codec: string;
	audio_copied: boolean;
	encoder: string;
	encoder_fallback?: string;
}

export interface JobError {
	code: string;
	message: string;
	retryable: boolean;
	details?: Record<string, unknown>;
}

export interface JobView {
	id: string;
	operation: string;
	status: 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
	progress: { percent: number; stage: string; updated_at: string | null };
	result: Record<string, unknown> | null;
	error: JobError | null;
	attempt: number;
	metadata: Record<string, unknown> | null;
	created_at: string;
	started_at: string | null;
	finished_at: string | null;
	duration_ms: number | null;
}
