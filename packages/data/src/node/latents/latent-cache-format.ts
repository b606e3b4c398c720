import type { LatentStatistics } from './latent-statistics.js';

/** Written last: a folder with it is complete. */
export const descriptionName = 'latents.json';

/** Present from the beginning to the end of making a cache. */
export const unfinishedName = 'latents.unfinished.json';

/** What latents depend on, and how they are kept. Shards of another identity do not belong to a cache. */
export interface LatentCacheIdentity {
  readonly format: 'softvq-latents';
  readonly formatVersion: 1;
  /** Whatever tells the tokenizer and its weights from all others. */
  readonly tokenizer: string;
  /** The fingerprint of the data set. */
  readonly dataset: string;
  readonly imageSize: number;
  /** Whether each picture's mirror image is there too. */
  readonly flips: boolean;
  readonly dtype: 'float32' | 'float16';
  /** Pictures in a shard, but for the last one. */
  readonly shardSize: number;
}

/** What `latents.json` says. */
export interface LatentCacheDescription extends LatentCacheIdentity {
  /** Pictures whose latents are there. */
  readonly entries: number;
  /** Of the latents of one picture. */
  readonly latentShape: readonly number[];
  readonly classes: readonly string[];
  readonly statistics: LatentStatistics;
  /** Pictures that could not be read and are left out. */
  readonly broken: readonly BrokenEntry[];
  /** Entries in each shard. */
  readonly shards: readonly number[];
}

export interface BrokenEntry {
  readonly name: string;
  readonly reason: string;
}

/**
 * The name of a shard. It holds `latents` `[entries, flips, …latentShape]` (flips is 2 with mirror images, else 1),
 * `labels` int32 `[entries]` and `indices` int32 `[entries]`, the positions in the data set.
 */
export function shardName(shard: number): string {
  return `latents-${String(shard).padStart(5, '0')}.safetensors`;
}

export function identityOf(identity: LatentCacheIdentity): LatentCacheIdentity {
  const { format, formatVersion, tokenizer, dataset, imageSize, flips, dtype, shardSize } = identity;
  return { format, formatVersion, tokenizer, dataset, imageSize, flips, dtype, shardSize };
}

/** The first field in which two identities differ, for a message; undefined if they are the same. */
export function differenceOf(
  found: Partial<LatentCacheIdentity>,
  wanted: LatentCacheIdentity,
): string | undefined {
  const names = {
    format: 'the format',
    formatVersion: 'the version of the format',
    tokenizer: 'the tokenizer',
    dataset: 'the data set',
    imageSize: 'the size of the pictures',
    flips: 'the presence of mirror images',
    dtype: 'the element type',
    shardSize: 'the number of pictures in a shard',
  } as const satisfies Record<keyof LatentCacheIdentity, string>;
  for (const [key, what] of Object.entries(names) as [keyof LatentCacheIdentity, string][]) {
    if (found[key] !== wanted[key]) {
      return `${what} is ${JSON.stringify(found[key])} there and ${JSON.stringify(wanted[key])} here`;
    }
  }
  return undefined;
}
