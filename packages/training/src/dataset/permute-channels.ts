import type { HostTensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';

/** All orders of three channels; the first changes nothing. */
const orders = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/**
 * Exchanges red, green and blue of each picture of a batch, in an order drawn by seed and step: the same at whatever
 * step a training goes on.
 *
 * @param images (batch, 3, height, width), changed in place.
 */
export function permuteChannels(images: HostTensor<'float32'>, seed: number, step: number): void {
  const [batch, , height, width] = images.shape as readonly [number, number, number, number];
  const plane = height * width;
  const draws = new RandomStream({ seed, name: 'training/channels', index: step }).integers(batch, {
    high: orders.length,
  });
  for (let picture = 0; picture < batch; picture++) {
    const order = orders[draws[picture]!]!;
    const own = images.data.subarray(picture * 3 * plane, (picture + 1) * 3 * plane);
    const before = own.slice();
    for (const [to, from] of order.entries()) {
      own.set(before.subarray(from * plane, (from + 1) * plane), to * plane);
    }
  }
}
