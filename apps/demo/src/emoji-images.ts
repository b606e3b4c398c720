import { join } from 'node:path';
import { fromHost, type Tensor } from '@softvq/core';
import type { RandomStream } from '@softvq/core/random';
import { mirror, type Picture, picturesToFloats } from '@softvq/data';
import { type EmojiPicture, listEmoji, rasteriseEmoji, splitEmoji } from '@softvq/data/emoji';

export const imageSize = 64;

export interface EmojiImages {
  readonly training: readonly Picture[];
  readonly heldOut: readonly EmojiPicture[];
}

/** Draws all emoji, or reads them from the cache that the first run leaves, and sets one concept in ten aside. */
export async function loadEmojiImages(
  folder: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<EmojiImages> {
  const { training, heldOut } = splitEmoji(await listEmoji(), { heldOut: 0.1, seed: 1 });
  const drawn = await rasteriseEmoji([...training, ...heldOut], {
    size: imageSize,
    cacheFile: join(folder, `emoji-${imageSize}.bin`),
    signal,
    onProgress: ({ done, total }) => onProgress(done, total),
  });
  const unseen = new Set(heldOut);
  return {
    training: drawn.filter(({ entry }) => !unseen.has(entry)).map(({ picture }) => picture),
    heldOut: drawn.filter(({ entry }) => unseen.has(entry)),
  };
}

/** Pictures as one tensor (batch, 3, size, size) in [-1, 1]. */
export function asTensor(pictures: readonly Picture[]): Tensor {
  return fromHost({ dtype: 'float32', ...picturesToFloats(pictures) });
}

/** Random batches without end, every picture once before any comes again, half of them mirrored. */
export function* batches(
  pictures: readonly Picture[],
  size: number,
  random: RandomStream,
): Generator<Tensor, never> {
  let order: Int32Array = new Int32Array(0);
  let next = 0;
  while (true) {
    if (next + size > order.length) {
      order = random.permutation(pictures.length);
      next = 0;
    }
    const mirrored = random.uniform(size);
    const chosen = Array.from(order.subarray(next, next + size), (at, i) =>
      mirrored[i]! < 0.5 ? pictures[at]! : mirror(pictures[at]!),
    );
    next += size;
    yield asTensor(chosen);
  }
}
