import { type Tensor, tensor } from '@softvq/core';

const mean = [0.485, 0.456, 0.406] as const;
const deviation = [0.229, 0.224, 0.225] as const;

/** From [-1, 1] to [0, 1] and on to mean 0 and deviation 1. */
const scale = deviation.map((each) => 0.5 / each);
const shift = deviation.map((each, channel) => (0.5 - mean[channel]!) / each);

/** Images (batch, 3, height, width) in [-1, 1] with the means and deviations of ImageNet's channels taken out. */
export function imagenetNormalized(images: Tensor): Tensor {
  return images.mul(perChannel(scale)).add(perChannel(shift));
}

function perChannel(values: readonly number[]): Tensor {
  return tensor(values, { shape: [1, 3, 1, 1] });
}
