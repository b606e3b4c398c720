import { join } from 'node:path';
import { FileFormatError, float32ToFloat16, type HostTensor } from '@softvq/core';
import { encodeSafetensors, openSafetensors, type StoredTensor } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { writeAtomically } from '../atomic-write.js';
import {
  type BrokenEntry,
  differenceOf,
  identityOf,
  type LatentCacheIdentity,
  shardName,
} from './latent-cache-format.js';
import { type Moments, momentsOf } from './latent-statistics.js';

/** The content of a shard while it is being made. */
export interface ShardContent {
  /** Float32 `[entries, flips, …latentShape]`. */
  readonly latents: Float32Array;
  readonly latentShape: readonly number[];
  readonly labels: Int32Array;
  readonly indices: Int32Array;
  readonly broken: readonly BrokenEntry[];
}

/** A shard in its file. */
export interface OpenShard {
  readonly entries: number;
  readonly latentShape: readonly number[];
  readonly moments: Moments;
  readonly broken: readonly BrokenEntry[];
  readonly latents: StoredTensor;
  readonly labels: StoredTensor;
  readonly indices: StoredTensor;
}

/** What a shard says about itself besides its tensors. */
interface ShardMetadata {
  readonly identity: LatentCacheIdentity;
  readonly moments: Moments;
  readonly broken: readonly BrokenEntry[];
}

export async function writeShard(
  folder: string,
  shard: number,
  identity: LatentCacheIdentity,
  { latents, latentShape, labels, indices, broken }: ShardContent,
): Promise<void> {
  const shape = [labels.length, identity.flips ? 2 : 1, ...latentShape];
  const stored: HostTensor =
    identity.dtype === 'float16'
      ? { dtype: 'float16', shape, data: float32ToFloat16(latents) }
      : { dtype: 'float32', shape, data: latents };
  const metadata: ShardMetadata = { identity: identityOf(identity), moments: momentsOf(latents), broken };
  const bytes = encodeSafetensors(
    [
      ['latents', stored],
      ['labels', { dtype: 'int32', shape: [labels.length], data: labels }],
      ['indices', { dtype: 'int32', shape: [indices.length], data: indices }],
    ],
    { shard: JSON.stringify(metadata) },
  );
  await writeAtomically(join(folder, shardName(shard)), bytes);
}

/**
 * Opens a shard and checks that it belongs to a cache.
 *
 * @throws FileFormatError if it is damaged, or of another identity; the error of Node if it cannot be read
 */
export async function openShard(
  folder: string,
  shard: number,
  identity: LatentCacheIdentity,
): Promise<OpenShard> {
  const path = join(folder, shardName(shard));
  const { tensors, metadata } = await openSafetensors(await openFile(path));
  const { identity: found, moments, broken } = parseMetadata(path, metadata['shard']);
  const difference = differenceOf(found, identity);
  if (difference !== undefined) throw new FileFormatError(path, `it belongs to another cache: ${difference}`);
  const [latents, labels, indices] = ['latents', 'labels', 'indices'].map((name) => tensors.get(name));
  const entries = latents?.shape[0];
  if (
    latents === undefined ||
    labels === undefined ||
    indices === undefined ||
    entries === undefined ||
    latents.dtype !== identity.dtype ||
    latents.shape[1] !== (identity.flips ? 2 : 1) ||
    [labels, indices].some(
      ({ dtype, shape }) => dtype !== 'int32' || shape.length !== 1 || shape[0] !== entries,
    )
  ) {
    throw new FileFormatError(
      path,
      `it must hold ${identity.dtype} latents [entries, ${identity.flips ? 2 : 1}, …], and int32 labels and indices`,
    );
  }
  return { entries, latentShape: latents.shape.slice(2), moments, broken, latents, labels, indices };
}

function parseMetadata(path: string, text: string | undefined): ShardMetadata {
  try {
    const { identity, moments, broken } = JSON.parse(text ?? '') as ShardMetadata;
    const numbers = [moments.count, moments.mean, moments.squaredDeviations];
    if (
      typeof identity === 'object' &&
      identity !== null &&
      Array.isArray(broken) &&
      numbers.every(Number.isFinite)
    ) {
      return { identity, moments, broken };
    }
  } catch {
    // Falls through to the one message for all that can be wrong.
  }
  throw new FileFormatError(path, 'it does not say which cache it belongs to');
}
