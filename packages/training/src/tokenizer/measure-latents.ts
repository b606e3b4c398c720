import { type Backend, compile, fromHost, type Tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import type { PictureDataset } from '@softvq/data';
import { type AnyTokenizer, LatentMoments, type LatentStatistics, latentSums } from '@softvq/tokenizer';
import { everyPictureOnce } from '../dataset/every-picture-once.js';

/** Mean and standard deviation of the latents of all pictures of a data set, by a tokenizer with these parameters. */
export async function measureLatents(
  tokenizer: AnyTokenizer,
  parameters: TensorRecord,
  dataset: PictureDataset,
  options: {
    readonly batchSize: number;
    readonly workers: number;
    readonly broken: 'throw' | 'skip';
    readonly backend: Backend;
    readonly signal: AbortSignal | undefined;
  },
): Promise<LatentStatistics> {
  const { batchSize, workers, broken, backend, signal } = options;
  const run = compile(
    (input: { parameters: TensorRecord; images: Tensor }) =>
      latentSums(tokenizer.with(input.parameters).encode(input.images)),
    { backend, dynamic: { images: ['batch'] } },
  );
  const loader = everyPictureOnce(dataset, {
    imageSize: tokenizer.imageSize,
    batchSize,
    workers,
    broken,
    signal,
  });
  const moments = new LatentMoments();
  try {
    for await (const batch of loader) {
      const images = fromHost(batch.images);
      const sums = await run({ parameters, images });
      await moments.add(sums);
      for (const tensor of [images, ...Object.values(sums)]) tensor.dispose();
    }
  } finally {
    await Promise.all([loader.close(), run.dispose()]);
  }
  return moments.statistics();
}
