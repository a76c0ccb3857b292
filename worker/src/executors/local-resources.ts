import type { AxiosInstance } from 'axios';
import type { Config } from '../config.ts';
import type { Storage } from '../io/storage.ts';
import type { EncoderStatus } from '../media/encoder-probe.ts';
import type { EncoderProfile } from '../media/encoders.ts';
import { Semaphore } from '../semaphore.ts';

/** Encoder slots of this machine: NVENC sessions and CPU encodes are limited apart from each other. */
export class EncoderSlots {
	readonly #cpu: Semaphore;
	readonly #gpu: Semaphore;

	constructor(config: Pick<Config, 'CPU_ENCODES' | 'GPU_ENCODES'>) {
		this.#cpu = new Semaphore(config.CPU_ENCODES);
		this.#gpu = new Semaphore(config.GPU_ENCODES);
	}

	of(encoder: EncoderProfile): Semaphore {
		return encoder.hardware ? this.#gpu : this.#cpu;
	}
}

/** What the jobs of this machine share. Made once in main.ts. */
export interface LocalResources {
	readonly config: Config;
	readonly storage: Storage;
	readonly http: AxiosInstance;
	readonly encoders: EncoderStatus;
	readonly slots: EncoderSlots;
}
