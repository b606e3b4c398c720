import { availableParallelism } from 'node:os';
import { ArgumentError } from '@softvq/core';
import type { Picture } from '../picture/picture.js';
import type { EmojiEntry } from './list-emoji.js';
import { openRasterCache, readRasterCache, writeRasterCache } from './raster-cache.js';
import { type RasterOutcome, rasteriseInProcesses } from './raster-processes.js';

export interface RasteriseOptions {
  /** Pixels on each side, 1 to 4096. */
  readonly size: number;
  /** How many processes draw. Default: as many as the machine runs at once. */
  readonly workers?: number | undefined;
  /**
   * Keeps the pictures in this file and takes them from there the next time. A file that is damaged, or was made
   * from other drawings or at another size, is made anew. Missing folders are made.
   */
  readonly cacheFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch, the last time with `done` equal to `total`. */
  readonly onProgress?: ((progress: RasteriseProgress) => void) | undefined;
  /** Called for every drawing that could not be rasterised and is left out. */
  readonly onSkipped?: ((entry: EmojiEntry, reason: string) => void) | undefined;
}

export interface RasteriseProgress {
  readonly done: number;
  readonly total: number;
}

export interface EmojiPicture {
  readonly entry: EmojiEntry;
  /** `size` × `size`, over white. */
  readonly picture: Picture;
}

/**
 * Draws emoji as square pictures over white, in the order of the entries. A drawing that is not square is centred.
 * Everything is held in memory: `size² · 3` bytes a picture.
 *
 * @throws ArgumentError for an option out of its range, or a cache file that cannot be read or written
 * @throws BackendError if the drawing processes cannot start
 * @throws the signal's reason once it is aborted; no process is left running
 */
export async function rasteriseEmoji(
  entries: readonly EmojiEntry[],
  options: RasteriseOptions,
): Promise<EmojiPicture[]> {
  const { size, workers = availableParallelism(), cacheFile, signal, onProgress, onSkipped } = options;
  if (!Number.isInteger(size) || size < 1 || size > 4096) {
    throw new ArgumentError(
      `rasteriseEmoji: size is ${size}; it must be a whole number of pixels in 1...4096`,
    );
  }
  if (!Number.isInteger(workers) || workers < 1) {
    throw new ArgumentError(`rasteriseEmoji: workers is ${workers}; it must be a whole number of at least 1`);
  }
  signal?.throwIfAborted();

  const total = entries.length;
  const cache = cacheFile === undefined ? undefined : await openRasterCache(cacheFile, entries, size);
  const cached = cache === undefined ? undefined : await readRasterCache(cache);
  signal?.throwIfAborted();
  const outcomes: RasterOutcome[] = cached ?? new Array<RasterOutcome>(total);
  if (cached === undefined) {
    let done = 0;
    await rasteriseInProcesses({
      drawings: entries,
      size,
      processes: workers,
      signal,
      onOutcomes: (batch, start) => {
        for (const [offset, outcome] of batch.entries()) outcomes[start + offset] = outcome;
        done += batch.length;
        onProgress?.({ done, total });
      },
    });
    signal?.throwIfAborted();
    if (cache !== undefined) await writeRasterCache(cache, outcomes);
  } else {
    onProgress?.({ done: total, total });
  }

  const pictures: EmojiPicture[] = [];
  for (const [index, entry] of entries.entries()) {
    const outcome = outcomes[index]!;
    if (outcome instanceof Uint8Array) {
      pictures.push({ entry, picture: { width: size, height: size, data: outcome } });
    } else {
      onSkipped?.(entry, outcome.reason);
    }
  }
  return pictures;
}
