import type { IExecuteFunctions } from 'n8n-workflow';
import type { Img2VidInput, Img2VidOutput, JobView } from '../shared/contract';
import { parameterError } from '../shared/errors';
import { type ItemResult, jobPerItem, type Plan, readItems } from '../shared/operation';
import { parametersOf } from '../shared/parameters';
import type { Batch } from '../shared/run';
import { type Image, imageOfItem, imagesOfList, img2VidInput } from './body';

/** All input items as one job, with the options of the first. */
function jobOfItems(ctx: IExecuteFunctions): Plan<Img2VidInput> {
	const { values, refused } = readItems<Image>(ctx, (get, itemIndex) =>
		imageOfItem(get, itemIndex + 1),
	);
	const [first, ...others] = values;
	if (!first) return { batches: [], refused };
	try {
		const images = values.map(({ value }) => value);
		const input = img2VidInput(parametersOf(ctx, 0), images);
		const itemIndexes = [first, ...others].map(({ itemIndex }) => itemIndex) as [
			number,
			...number[],
		];
		return { batches: [{ itemIndexes, input }], refused };
	} catch (error) {
		throw parameterError(ctx.getNode(), error, 0);
	}
}

/** The list of the node as a job of its own for each input item. */
const jobOfList = jobPerItem<Img2VidInput>((get) => img2VidInput(get, imagesOfList(get)));

export const planImg2Vid = (ctx: IExecuteFunctions): Plan<Img2VidInput> =>
	ctx.getNodeParameter('imagesFrom', 0) === 'list' ? jobOfList(ctx) : jobOfItems(ctx);

/** One output item for each video, paired with the item that gave the image. */
export function presentVideos(job: JobView, batch: Batch<Img2VidInput>): ItemResult[] {
	const { videos, timings, warnings } = job.result as unknown as Img2VidOutput;
	const { itemIndexes } = batch;
	return videos.map(({ id, video_url, filename, duration_seconds, ...facts }, index) => ({
		// The videos come in the order of the images; a list in the node belongs to its one item as a whole.
		itemIndex: itemIndexes[index] ?? itemIndexes[0],
		json: {
			video_url,
			id,
			filename,
			job_id: job.id,
			duration_seconds,
			...facts,
			timings,
			warnings,
		},
	}));
}
