import { type Backend, compile, sizeOf, type Tensor, tensor } from '@softvq/core';
import { normal } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { SiT } from '@softvq/generators';
import { SoftVQ } from '@softvq/tokenizer';
import { collect } from '../../../packages/generators/test/collect.js';
import { withOtherValues } from '../../../packages/generators/test/other-values.js';
import type { TrainedModels } from './training-step.js';

const trunk = { width: 32, depth: 1, heads: 2 };

const imageSize = 16;

/** A tokenizer with weights so large that its pictures are not flat, and not the same whatever the latents. */
export function smallTokenizer(): SoftVQ {
  return new SoftVQ({
    imageSize,
    patchSize: 4,
    latentTokens: 4,
    latentWidth: 8,
    encoder: trunk,
    decoder: trunk,
    codebooks: 2,
    codebookSize: 16,
    latentStatistics: { mean: 0.05, std: 0.4 },
    initialization: { layerScale: 1, weights: normal({ standardDeviation: 0.4 }), tokenDeviation: 0.3 },
    seed: 3,
  });
}

/** A generator of its latents. New ones predict nothing; this one has weights at random. */
export function smallGenerator(): SiT {
  return withOtherValues(new SiT({ ...trunk, latentShape: [4, 8], classes: 3 }), 4, 0.15);
}

/** Pictures of two classes, of one seed: (2, 3, 16, 16), cut to [-1, 1]. */
export async function drawPictures(backend: Backend): Promise<Float32Array> {
  const generator = smallGenerator();
  const tokenizer = smallTokenizer();
  const { latents } = await collect(
    generator.sample({
      labels: [0, 2],
      seed: 7,
      steps: 6,
      sampler: 'heun',
      guidance: { scale: 1.75 },
      backend,
    }),
  );
  const decode = compile(({ latents }: { latents: Tensor }) => tokenizer.decodeNormalized(latents), {
    backend,
  });
  const pictures = await decode({ latents });
  const elements = ((await pictures.data()) as Float32Array).map((each) => Math.min(Math.max(each, -1), 1));
  for (const each of [latents, pictures]) each.dispose();
  await Promise.all([decode.dispose(), generator.dispose()]);
  return elements;
}

/** Both networks, with something to learn from that is the same everywhere. */
export function smallModels(): TrainedModels {
  const random = new RandomStream({ seed: 11, name: 'training batch' });
  const drawn = (name: string, shape: readonly number[]): Tensor =>
    tensor(random.child(name).normal(sizeOf(shape), { standardDeviation: 0.5 }), { shape });
  return {
    tokenizer: smallTokenizer(),
    generator: smallGenerator(),
    batch: {
      images: drawn('images', [2, 3, imageSize, imageSize]),
      latents: drawn('latents', [2, 4, 8]),
      labels: tensor(Int32Array.of(1, 2)),
    },
  };
}
