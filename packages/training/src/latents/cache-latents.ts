import { join } from 'node:path';
import { type Backend, compile, fromHost, type HostTensor, type Tensor } from '@softvq/core';
import { buildLatentCache, type LatentCache } from '@softvq/data/node';
import type { LoadableTokenizer } from '@softvq/tokenizer';
import type { Splits } from '../dataset/open-splits.js';
import { tokenizerIdentity } from './tokenizer-identity.js';

export interface CacheLatentsOptions {
  /** What computes. */
  readonly backend: Backend;
  /** Pictures encoded at once. Default 32. */
  readonly batchSize?: number | undefined;
  /** Whether to keep the latents of mirror images of the pictures to train on, too. Default true. */
  readonly flips?: boolean | undefined;
  /** The element type in the files. Default float32; float16 takes half the space. */
  readonly dtype?: 'float32' | 'float16' | undefined;
  /** Threads that read pictures. Default 1. */
  readonly workers?: number | undefined;
  /** What to do about a picture that cannot be read. Default `throw`. */
  readonly broken?: 'throw' | 'skip' | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch. Counts are over both parts. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** Latents to train on, and others to measure on. */
export interface CachedLatents {
  readonly training: LatentCache;
  readonly heldOut: LatentCache;
}

/** The folders of the parts in a folder of latents. */
export const trainingLatentsName = 'train';
export const heldOutLatentsName = 'held-out';

/**
 * Encodes all pictures of a data set once, into the folders `train` and `held-out`, so that generators train without
 * the tokenizer. Interrupted, it goes on when called again; complete, it only opens what is there.
 *
 * @throws ArgumentError for a folder that holds the latents of another tokenizer or data set, or anything else;
 * FileFormatError for a picture that cannot be read; the signal's reason once it is aborted.
 */
export async function cacheLatents(
  folder: string,
  tokenizer: LoadableTokenizer,
  splits: Splits,
  options: CacheLatentsOptions,
): Promise<CachedLatents> {
  const { backend, batchSize, flips = true, dtype, workers, broken = 'throw', signal, onProgress } = options;
  const encode = compile(({ images }: { images: Tensor }) => tokenizer.encode(images), {
    backend,
    dynamic: { images: ['batch'] },
  });
  const identity = await tokenizerIdentity(tokenizer);
  const total = splits.training.length + splits.heldOut.length;
  const build = (name: string, part: keyof Splits, mirrored: boolean, before: number): Promise<LatentCache> =>
    buildLatentCache(join(folder, name), splits[part], {
      encode: async (images) => {
        const input = fromHost(images);
        const latents = await encode({ images: input });
        const host = (await latents.host()) as HostTensor<'float32'>;
        input.dispose();
        latents.dispose();
        return host;
      },
      tokenizer: identity,
      imageSize: tokenizer.imageSize,
      batchSize,
      flips: mirrored,
      dtype,
      workers,
      onBroken: broken === 'throw' ? 'throw' : () => undefined,
      signal,
      onProgress: ({ done }) => onProgress?.({ done: before + done, total }),
    });
  try {
    const training = await build(trainingLatentsName, 'training', flips, 0);
    const heldOut = await build(heldOutLatentsName, 'heldOut', false, splits.training.length);
    return { training, heldOut };
  } finally {
    await encode.dispose();
  }
}
