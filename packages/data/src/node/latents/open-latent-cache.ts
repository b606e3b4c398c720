import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, FileFormatError, float16ToFloat32 } from '@softvq/core';
import { withPath } from '../datasets/file-dataset.js';
import {
  descriptionName,
  type LatentCacheDescription,
  shardName,
  unfinishedName,
} from './latent-cache-format.js';
import { type OpenShard, openShard } from './latent-shard.js';

/** Latents in files, to be read in any order. */
export interface LatentCache extends LatentCacheDescription {
  readonly folder: string;
  /** The class of each entry, a position in `classes`; all 0 without classes. */
  readonly labels: Int32Array;
  /** Which picture of the data set each entry is from. */
  readonly indices: Int32Array;
  /**
   * The latents of an entry, or of its mirror image: as many numbers as `latentShape` says.
   *
   * @throws ArgumentError for an entry that does not exist, or a mirror image where there are none
   */
  read(entry: number, mirrored: boolean): Promise<Float32Array>;
  /** All latents `[entries, flips, …latentShape]`, as they are in the files: float16 as bits. */
  readAll(): Promise<Float32Array | Uint16Array>;
}

/**
 * Opens a folder that `buildLatentCache` has made.
 *
 * @param options.tokenizer which tokenizer the latents have to be from. Default: any.
 * @throws ArgumentError if the folder cannot be read, is not complete, or is from another tokenizer
 * @throws FileFormatError if a file in it is damaged or does not belong to it
 */
export async function openLatentCache(
  folder: string,
  options: { readonly tokenizer?: string | undefined } = {},
): Promise<LatentCache> {
  const description = await readDescription(folder);
  if (options.tokenizer !== undefined && options.tokenizer !== description.tokenizer) {
    throw new ArgumentError(
      `${folder} holds the latents of another tokenizer (${description.tokenizer}) than asked for ` +
        `(${options.tokenizer}); make a new cache`,
    );
  }
  const shards: OpenShard[] = [];
  for (const [shard, entries] of description.shards.entries()) {
    const open = await withPath(join(folder, shardName(shard)), () => openShard(folder, shard, description));
    const sameShape = open.latentShape.join() === description.latentShape.join();
    if (open.entries !== entries || !sameShape) {
      throw new FileFormatError(
        join(folder, descriptionName),
        `shard ${shard} should hold ${entries} latents of [${description.latentShape}], ` +
          `and holds ${open.entries} of [${open.latentShape}]`,
      );
    }
    shards.push(open);
  }
  const labels = await readNumbers(shards.map((shard) => shard.labels));
  const classCount = Math.max(1, description.classes.length);
  if (!labels.every((label) => label >= 0 && label < classCount)) {
    throw new FileFormatError(join(folder, descriptionName), `a label is none of its ${classCount} classes`);
  }
  const indices = await readNumbers(shards.map((shard) => shard.indices));
  const length = description.latentShape.reduce((product, size) => product * size, 1);
  const views = description.flips ? 2 : 1;
  const elementBytes = description.dtype === 'float16' ? 2 : 4;

  return {
    ...description,
    folder,
    labels,
    indices,
    async read(entry, mirrored) {
      if (!Number.isInteger(entry) || entry < 0 || entry >= description.entries) {
        throw new ArgumentError(`${folder} has no entry ${entry}; there are ${description.entries}, from 0`);
      }
      if (mirrored && !description.flips) {
        throw new ArgumentError(`${folder} was made without mirror images`);
      }
      let shard = 0;
      let within = entry;
      for (; within >= shards[shard]!.entries; shard++) within -= shards[shard]!.entries;
      const { range } = shards[shard]!.latents;
      const bytes = length * elementBytes;
      const offset = range!.offset + (within * views + (mirrored ? 1 : 0)) * bytes;
      return widen(description.dtype, await range!.source.read(offset, bytes));
    },
    async readAll() {
      const size = description.entries * views * length;
      const all = description.dtype === 'float16' ? new Uint16Array(size) : new Float32Array(size);
      let start = 0;
      for (const { latents } of shards) {
        const { data } = await latents.read();
        all.set(data as Float32Array | Uint16Array, start);
        start += data.length;
      }
      return all;
    },
  };
}

function widen(dtype: 'float32' | 'float16', bytes: Uint8Array): Float32Array {
  // A copy is aligned wherever the bytes were.
  const { buffer } = bytes.slice();
  return dtype === 'float16' ? float16ToFloat32(new Uint16Array(buffer)) : new Float32Array(buffer);
}

async function readNumbers(tensors: readonly OpenShard['labels'][]): Promise<Int32Array> {
  const parts = await Promise.all(tensors.map(async (tensor) => (await tensor.read()).data as Int32Array));
  return Int32Array.from(parts.flatMap((part) => [...part]));
}

async function readDescription(folder: string): Promise<LatentCacheDescription> {
  const path = join(folder, descriptionName);
  const unfinished = await readFile(join(folder, unfinishedName)).catch(() => undefined);
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' && unfinished !== undefined) {
      throw new ArgumentError(`${folder}: the latents are not complete; make them again to finish`, {
        cause,
      });
    }
    return withPath(path, () => Promise.reject(cause));
  });
  let value: Partial<LatentCacheDescription> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(path, 'is not valid JSON', { cause });
  }
  if (!isDescription(value))
    throw new FileFormatError(path, 'is not the description of a latent cache of version 1');
  return value;
}

function isDescription(value: Partial<LatentCacheDescription> | null): value is LatentCacheDescription {
  if (typeof value !== 'object' || value === null) return false;
  const { shards, latentShape, classes, statistics, entries } = value;
  const isCount = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  return (
    value.format === 'softvq-latents' &&
    value.formatVersion === 1 &&
    typeof value.tokenizer === 'string' &&
    typeof value.dataset === 'string' &&
    typeof value.flips === 'boolean' &&
    (value.dtype === 'float32' || value.dtype === 'float16') &&
    isCount(value.imageSize) &&
    isCount(value.shardSize) &&
    Array.isArray(value.broken) &&
    Array.isArray(latentShape) &&
    latentShape.every(isCount) &&
    Array.isArray(classes) &&
    classes.every((name) => typeof name === 'string') &&
    Array.isArray(shards) &&
    shards.every(isCount) &&
    shards.reduce((sum, count) => sum + count, 0) === entries &&
    Number.isFinite(statistics?.mean) &&
    Number.isFinite(statistics?.std)
  );
}
