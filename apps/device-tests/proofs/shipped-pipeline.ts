import { sizeOf, type Tensor, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { SiT } from '@softvq/generators';
import { SoftVQ } from '@softvq/tokenizer';
import type { ImagePipeline } from 'softvq';
import type { TrainedModels } from './training-step.js';

/** Height and width of its pictures. */
export const shippedSize = 64;

/** A face and a button of one seed by the pipeline's own settings, in one step: (2, 3, 64, 64), cut to [-1, 1]. */
export async function drawEmoji(pipeline: ImagePipeline): Promise<Float32Array> {
  const { images } = await pipeline.generate({
    classes: ['smiling-face', 'japanese-button'],
    seed: 7,
    steps: 1,
  });
  return ((await images.data()) as Float32Array).map((each) => Math.min(Math.max(each, -1), 1));
}

/** The networks of the pipeline, with something to learn from. */
export function emojiModels({ tokenizer, generator }: ImagePipeline): TrainedModels {
  if (!(tokenizer instanceof SoftVQ && generator instanceof SiT)) {
    throw new TypeError('the emoji pipeline is of other networks than a SoftVQ and a SiT');
  }
  const random = new RandomStream({ seed: 5, name: 'emoji training batch' });
  const drawn = (name: string, shape: readonly number[], standardDeviation: number): Tensor =>
    tensor(random.child(name).normal(sizeOf(shape), { standardDeviation }), { shape });
  return {
    tokenizer,
    generator,
    batch: {
      images: drawn('images', [1, 3, shippedSize, shippedSize], 0.5),
      latents: drawn('latents', [1, ...generator.latentShape], 1),
      labels: tensor(Int32Array.of(10)),
    },
  };
}
