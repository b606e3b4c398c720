import { full, type Tensor, type Tokenizer, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';

const channels = 3;

/** The shape of a batch that a tokenizer takes. */
export function imageShape({ imageSize }: Tokenizer, batch: number): number[] {
  return [batch, channels, imageSize, imageSize];
}

/** The shape of the latents of a batch. */
export function latentShape({ latentShape }: Tokenizer, batch: number): number[] {
  return [batch, ...latentShape];
}

/** Images of noise in [-1, 1]. Image i is the same in every batch. */
export function noiseImages(tokenizer: Tokenizer, batch: number): Tensor {
  return noiseBatch(tokenizer, 0, batch);
}

/** Image i of `noiseImages`, a batch of its own. */
export function noiseImage(tokenizer: Tokenizer, index: number): Tensor {
  return noiseBatch(tokenizer, index, 1);
}

/** A batch of one image that is the same everywhere. */
export function plainImage(tokenizer: Tokenizer, value: number): Tensor {
  return full(imageShape(tokenizer, 1), value);
}

function noiseBatch(tokenizer: Tokenizer, first: number, count: number): Tensor {
  const size = channels * tokenizer.imageSize ** 2;
  const values = new RandomStream({ seed: 0, name: 'conformance images' }).uniform((first + count) * size, {
    low: -1,
  });
  return tensor(values.slice(first * size), { shape: imageShape(tokenizer, count) });
}
