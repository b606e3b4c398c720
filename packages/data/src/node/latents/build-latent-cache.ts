import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, FileFormatError, ShapeError } from '@softvq/core';
import type { PictureDataset } from '../../dataset/picture-dataset.js';
import { reasonOf } from '../../dataset/reason-of.js';
import { subset } from '../../dataset/subset.js';
import { createLoader } from '../../loader/create-loader.js';
import type { BrokenPicture } from '../../loader/loader.js';
import { writeAtomically } from '../atomic-write.js';
import { usableFolder } from '../usable-folder.js';
import { type EncodeLatents, encodeBatch } from './encode-latents.js';
import {
  type BrokenEntry,
  descriptionName,
  differenceOf,
  type LatentCacheDescription,
  type LatentCacheIdentity,
  shardName,
  unfinishedName,
} from './latent-cache-format.js';
import { type OpenShard, openShard, writeShard } from './latent-shard.js';
import { joinMoments, noMoments, statisticsOf } from './latent-statistics.js';
import { type LatentCache, openLatentCache } from './open-latent-cache.js';

export interface BuildLatentCacheOptions {
  readonly encode: EncodeLatents;
  /** Tells the tokenizer and its weights from all others, such as a hash of both. */
  readonly tokenizer: string;
  /** Pixels on each side of the pictures that are encoded; they are cropped in the middle. */
  readonly imageSize: number;
  /** Pictures encoded at once. Default 32. */
  readonly batchSize?: number | undefined;
  /** Whether to keep the latents of mirror images too. Default true. */
  readonly flips?: boolean | undefined;
  /** The element type in the files. Default float32; float16 takes half the space. */
  readonly dtype?: 'float32' | 'float16' | undefined;
  /** Pictures in a file; rounded up to whole batches. Default 2048. */
  readonly shardSize?: number | undefined;
  /** As of `createLoader`. */
  readonly workers?: number | undefined;
  /** By default a picture that cannot be read is an error; a function is told about it, and it is left out. */
  readonly onBroken?: 'throw' | ((broken: BrokenPicture) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch, and once before the first with what was there already. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * Encodes every picture of a data set and keeps the latents in files, so that a generator trains without its tokenizer.
 *
 * Interrupted, it goes on with the first file that is missing when called again; complete, it only opens what is there.
 *
 * @throws ArgumentError for an option out of its range, a folder that holds the latents of another tokenizer, data set
 * or size, or anything else, and for latents that are not finite
 * @throws FileFormatError for a picture that cannot be read, unless `onBroken` takes care of it
 * @throws the signal's reason once it is aborted
 */
export async function buildLatentCache(
  folder: string,
  dataset: PictureDataset,
  options: BuildLatentCacheOptions,
): Promise<LatentCache> {
  const {
    tokenizer,
    imageSize,
    batchSize = 32,
    flips = true,
    dtype = 'float32',
    signal,
    onProgress,
  } = options;
  for (const [name, value] of Object.entries({ batchSize, shardSize: options.shardSize ?? 2048 })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(`buildLatentCache: ${name} is ${value}; it must be a whole number from 1`);
    }
  }
  if (tokenizer === '')
    throw new ArgumentError('buildLatentCache: tokenizer is empty; it must tell tokenizers apart');
  signal?.throwIfAborted();
  const shardSize = Math.ceil((options.shardSize ?? 2048) / batchSize) * batchSize;
  const identity: LatentCacheIdentity = {
    format: 'softvq-latents',
    formatVersion: 1,
    tokenizer,
    dataset: dataset.fingerprint,
    imageSize,
    flips,
    dtype,
    shardSize,
  };
  const total = dataset.length;
  if (await openFolder(folder, identity)) {
    onProgress?.({ done: total, total });
    return openLatentCache(folder, { tokenizer });
  }
  const shardCount = Math.ceil(total / shardSize);
  const shards = await openShards(folder, shardCount, identity);
  const missing = Array.from({ length: shardCount }, (_, shard) => shard).filter(
    (shard) => !shards.has(shard),
  );
  if (missing.length > 0) {
    await encodeShards(folder, dataset, missing, shards, identity, { ...options, batchSize });
  } else {
    onProgress?.({ done: total, total });
  }
  const written = await openShards(folder, shardCount, identity);
  const description = describe(folder, identity, dataset, shardCount, written);
  await writeAtomically(join(folder, descriptionName), [
    Buffer.from(`${JSON.stringify(description, null, 2)}\n`),
  ]);
  await rm(join(folder, unfinishedName), { force: true });
  return openLatentCache(folder, { tokenizer });
}

async function encodeShards(
  folder: string,
  dataset: PictureDataset,
  missing: readonly number[],
  existing: ReadonlyMap<number, OpenShard>,
  identity: LatentCacheIdentity,
  options: BuildLatentCacheOptions & { readonly batchSize: number },
): Promise<void> {
  const { encode, batchSize, onBroken = 'throw', onProgress } = options;
  const { shardSize, flips, imageSize } = identity;
  const indices = missing.flatMap((shard) => {
    const start = shard * shardSize;
    return Array.from({ length: Math.min(shardSize, dataset.length - start) }, (_, offset) => start + offset);
  });
  const broken = new Map<number, BrokenEntry[]>(missing.map((shard) => [shard, []]));
  const loader = createLoader(subset(dataset, indices), {
    batchSize,
    imageSize,
    shuffle: false,
    dropLast: false,
    epochs: 1,
    workers: options.workers,
    // Every picture is used once.
    memoryLimit: 0,
    signal: options.signal,
    onBroken:
      onBroken === 'throw'
        ? 'throw'
        : ({ index, name, error }) => {
            const original = indices[index]!;
            broken.get(Math.floor(original / shardSize))!.push({ name, reason: reasonOf(error, name) });
            onBroken({ index: original, name, error });
          },
  });

  let latentShape = [...existing.values()].find(({ entries }) => entries > 0)?.latentShape;
  const parts: { latents: Float32Array; labels: Int32Array; indices: Int32Array }[] = [];
  const unwritten = [...missing];
  async function writeUpTo(shard: number): Promise<void> {
    while (latentShape !== undefined && unwritten.length > 0 && unwritten[0]! < shard) {
      const finished = unwritten.shift()!;
      await writeShard(folder, finished, identity, {
        latents: concatenate(
          Float32Array,
          parts.map((part) => part.latents),
        ),
        labels: concatenate(
          Int32Array,
          parts.map((part) => part.labels),
        ),
        indices: concatenate(
          Int32Array,
          parts.map((part) => part.indices),
        ),
        latentShape,
        broken: broken.get(finished)!,
      });
      parts.length = 0;
    }
  }

  const total = dataset.length;
  let done = total - indices.length;
  onProgress?.({ done, total });
  try {
    for await (const { images, labels, indices: positions } of loader) {
      const chosen = positions.map((position) => indices[position]!);
      const encoded = await encodeBatch(encode, images, flips);
      latentShape ??= encoded.latentShape;
      if (encoded.latentShape.join() !== latentShape.join()) {
        throw new ShapeError(
          `encode gave latents of [${encoded.latentShape}] after latents of [${latentShape}]`,
        );
      }
      // The parts so far belong to an earlier shard, if this batch begins another.
      await writeUpTo(Math.floor(chosen[0]! / shardSize));
      parts.push({ latents: encoded.latents, labels: labels.data, indices: chosen });
      done += chosen.length;
      onProgress?.({ done, total });
    }
    await writeUpTo(Number.POSITIVE_INFINITY);
  } finally {
    await loader.close();
  }
  if (latentShape === undefined)
    throw new FileFormatError(folder, 'not a single picture of the data set can be read');
}

/** Makes the folder or checks what is in it; true if the cache is complete. */
async function openFolder(folder: string, identity: LatentCacheIdentity): Promise<boolean> {
  const names = await usableFolder(folder);
  const present = [descriptionName, unfinishedName].find((name) => names.includes(name));
  if (present === undefined) {
    if (names.length > 0) {
      throw new ArgumentError(`${folder} holds other files, such as ${names[0]}; give a new or empty folder`);
    }
    await writeAtomically(join(folder, unfinishedName), [Buffer.from(JSON.stringify(identity))]);
    return false;
  }
  let found: Partial<LatentCacheIdentity> | null;
  try {
    found = JSON.parse(await readFile(join(folder, present), 'utf8'));
  } catch (cause) {
    throw new FileFormatError(join(folder, present), 'cannot be understood; remove the folder', { cause });
  }
  const difference = differenceOf(found ?? {}, identity);
  if (difference !== undefined) {
    throw new ArgumentError(`${folder} holds other latents: ${difference}; give a new or empty folder`);
  }
  return present === descriptionName;
}

/** The shards that are there, whole and of this cache. Damaged ones count as missing and are made anew. */
async function openShards(
  folder: string,
  count: number,
  identity: LatentCacheIdentity,
): Promise<Map<number, OpenShard>> {
  const names = new Set(await readdir(folder));
  const shards = new Map<number, OpenShard>();
  for (let shard = 0; shard < count; shard++) {
    if (!names.has(shardName(shard))) continue;
    try {
      shards.set(shard, await openShard(folder, shard, identity));
    } catch (error) {
      if (!(error instanceof FileFormatError)) throw error;
    }
  }
  return shards;
}

function describe(
  folder: string,
  identity: LatentCacheIdentity,
  dataset: PictureDataset,
  count: number,
  shards: ReadonlyMap<number, OpenShard>,
): LatentCacheDescription {
  const all = Array.from({ length: count }, (_, shard) => {
    const open = shards.get(shard);
    if (open === undefined)
      throw new FileFormatError(join(folder, shardName(shard)), 'was written and cannot be read');
    return open;
  });
  const entries = all.reduce((sum, shard) => sum + shard.entries, 0);
  const moments = all.reduce((sum, shard) => joinMoments(sum, shard.moments), noMoments);
  return {
    ...identity,
    entries,
    latentShape: all.find((shard) => shard.entries > 0)?.latentShape ?? all[0]!.latentShape,
    classes: dataset.classes,
    statistics: statisticsOf(moments),
    broken: all.flatMap((shard) => shard.broken),
    shards: all.map((shard) => shard.entries),
  };
}

function concatenate<T extends Float32Array | Int32Array>(
  ArrayType: new (length: number) => T,
  parts: readonly T[],
): T {
  const whole = new ArrayType(parts.reduce((length, part) => length + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
