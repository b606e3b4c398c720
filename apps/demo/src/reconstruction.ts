import { compile, type Tensor } from '@softvq/core';
import { floatsToPictures, type Picture } from '@softvq/data';
import type { SoftVQ } from '@softvq/tokenizer';
import { asTensor } from './emoji-images.js';

export interface Reconstruction {
  readonly pictures: readonly Picture[];
  /** Peak signal-to-noise ratio in decibels over all pixels of all pictures together, clamped to [-1, 1]. */
  readonly psnr: number;
}

/** Encodes and decodes pictures, batch by batch. The batch size is symbolic: one compilation serves all. */
export async function reconstruct(
  model: SoftVQ,
  pictures: readonly Picture[],
  batch = 32,
): Promise<Reconstruction> {
  const run = compile(({ images }: { images: Tensor }) => ({ output: model.reconstruct(images) }), {
    dynamic: { images: ['batch'] },
  });
  const reconstructed: Picture[] = [];
  let squaredError = 0;
  let count = 0;
  for (let start = 0; start < pictures.length; start += batch) {
    const images = asTensor(pictures.slice(start, start + batch));
    const { output } = await run({ images });
    const [original, result] = (await Promise.all([images.host(), output.host()])) as [
      { data: Float32Array },
      { data: Float32Array },
    ];
    for (let i = 0; i < original.data.length; i++) {
      squaredError += (Math.min(1, Math.max(-1, result.data[i]!)) - original.data[i]!) ** 2;
    }
    count += original.data.length;
    reconstructed.push(...floatsToPictures(result.data, output.shape as readonly number[]));
    images.dispose();
    output.dispose();
  }
  await run.dispose();
  const range = 2;
  return { pictures: reconstructed, psnr: 10 * Math.log10(range ** 2 / (squaredError / count)) };
}
