import { cos, exp, log, sqrt, type Tensor } from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';
import type { PassOf, TrainableTokenizer } from './objective-options.js';

/**
 * Through the latents and back, as a tokenizer is used: `quantized`, then `decode`. Where `quantized` describes
 * normal distributions (`mean` and `logVariance`), the latents are a sample, so that their variance is trained.
 */
export function defaultForward<Model extends TrainableTokenizer>(
  tokenizer: Model,
  images: Tensor,
  random: TracedRandom,
): PassOf<Model> {
  const encoding: Encoding = tokenizer.quantized(images);
  const latents = sampled(encoding, random.child('latents'));
  const reconstruction = tokenizer.decode(latents, random.child('decode'));
  return { ...encoding, latents, reconstruction } as unknown as PassOf<Model>;
}

interface Encoding {
  readonly latents: Tensor;
  readonly mean?: Tensor;
  readonly logVariance?: Tensor;
}

function sampled({ latents, mean, logVariance }: Encoding, random: TracedRandom): Tensor {
  if (mean === undefined || logVariance === undefined) return latents;
  return mean.add(exp(logVariance.mul(0.5)).mul(tracedNormal(random, mean.shape)));
}

/** Standard normal numbers by the transform of Box and Muller (1958), at most 5.5 deviations from 0. */
export function tracedNormal(random: TracedRandom, shape: Tensor['shape']): Tensor {
  const radius = sqrt(log(random.child('radius').uniform(shape).neg().add(1)).mul(-2));
  return radius.mul(
    cos(
      random
        .child('angle')
        .uniform(shape)
        .mul(2 * Math.PI),
    ),
  );
}
