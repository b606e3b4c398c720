import type { RandomStream } from '@softvq/core/random';
import type { PictureFloats } from '@softvq/data';

/** The emoji lie on white. */
const background = 1;

/**
 * Moves each picture of a batch by whole pixels, another way each, and fills what comes in with white.
 *
 * @param floats changed in place.
 * @param most at most so many pixels to each side.
 */
export function shiftPictures({ shape, data }: PictureFloats, most: number, random: RandomStream): void {
  const [batch, channels, height, width] = shape;
  const shifts = random.integers(2 * batch, { low: -most, high: most + 1 });
  const size = channels * height * width;
  for (let picture = 0; picture < batch; picture++) {
    const own = data.subarray(picture * size, (picture + 1) * size);
    const before = own.slice();
    const down = shifts[2 * picture]!;
    const right = shifts[2 * picture + 1]!;
    own.fill(background);
    for (let channel = 0; channel < channels; channel++) {
      for (let row = Math.max(0, down); row < Math.min(height, height + down); row++) {
        const to = (channel * height + row) * width;
        const from = to - down * width;
        const kept = before.subarray(from + Math.max(0, -right), from + Math.min(width, width - right));
        own.set(kept, to + Math.max(0, right));
      }
    }
  }
}
