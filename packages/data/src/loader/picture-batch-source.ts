import { FileFormatError } from '@softvq/core';
import type {
  PictureDataset,
  PicturePreparer,
  PreparationSlot,
  PreparedPictures,
} from '../dataset/picture-dataset.js';
import type { BatchPlace, BatchSource } from './batch-loader.js';
import type { BrokenPicture, PictureBatch } from './loader.js';
import { PictureMemory } from './picture-memory.js';

export interface PictureBatchSettings {
  readonly imageSize: number;
  readonly crop: 'center' | 'random';
  readonly workers: number | undefined;
  readonly memoryLimit: number;
  readonly flip: boolean;
  /** Whether a broken picture is replaced, rather than left out. */
  readonly fixedSize: boolean;
  readonly onBroken: 'throw' | ((broken: BrokenPicture) => void);
}

/** Makes batches of pictures: has them prepared, keeps them for later epochs, and deals with broken ones. */
export class PictureBatchSource implements BatchSource<PictureBatch> {
  readonly #dataset: PictureDataset;
  readonly #settings: PictureBatchSettings;
  readonly #memory: PictureMemory;
  readonly #broken = new Set<number>();
  readonly #preparer: PicturePreparer;

  constructor(dataset: PictureDataset, settings: PictureBatchSettings) {
    this.#dataset = dataset;
    this.#settings = settings;
    this.#memory = new PictureMemory(settings.memoryLimit);
    this.#preparer = dataset.open({ workers: settings.workers });
  }

  get length(): number {
    return this.#dataset.length;
  }

  get fingerprint(): string {
    return this.#dataset.fingerprint;
  }

  get parallelism(): number {
    return this.#preparer.parallelism;
  }

  async make(place: BatchPlace): Promise<PictureBatch | undefined> {
    const { imageSize } = this.#settings;
    const pictureLength = 3 * imageSize ** 2;
    const indices = Int32Array.from(place.entries);
    const positions = Array.from(indices, (_, position) => position);
    const { data, failed } = await this.#prepare(place, indices, positions);
    for (const position of this.#settings.fixedSize ? failed : []) {
      data.set(await this.#replace(place, indices, position), position * pictureLength);
    }
    const whole = this.#settings.fixedSize
      ? positions
      : positions.filter((position) => !failed.has(position));
    if (whole.length === 0) return undefined;
    if (whole.length < positions.length) {
      for (const [to, from] of whole.entries()) {
        data.copyWithin(to * pictureLength, from * pictureLength, (from + 1) * pictureLength);
      }
    }
    const chosen = Int32Array.from(whole, (position) => indices[position]!);
    const { labels } = this.#dataset;
    return {
      images: {
        dtype: 'float32',
        shape: [whole.length, 3, imageSize, imageSize],
        data: data.subarray(0, whole.length * pictureLength),
      },
      labels: { dtype: 'int32', shape: [whole.length], data: chosen.map((index) => labels[index]!) },
      indices: chosen,
      epoch: place.epoch,
      batch: place.batch,
    };
  }

  close(): Promise<void> {
    this.#memory.clear();
    return this.#preparer.close();
  }

  /** Prepares the pictures `indices` at these positions of a batch; positions that failed hold no picture. */
  async #prepare(
    { epoch, plan }: BatchPlace,
    indices: Int32Array,
    positions: readonly number[],
  ): Promise<{ data: Float32Array; failed: Set<number> }> {
    const { imageSize, crop, flip } = this.#settings;
    const slots = positions.map((position): PreparationSlot => {
      const index = indices[position]!;
      const draws = plan.draws(epoch, index);
      const kept = this.#memory.get(index);
      const keep = kept === undefined && this.#memory.hasRoom;
      return { index, kept, keep, mirrored: flip && draws.mirrored, draws: draws.crop };
    });
    const prepared = await this.#preparer.prepare({ imageSize, crop, slots });
    for (const [slot, picture] of prepared.kept) this.#memory.keep(slots[slot]!.index, picture);
    this.#report(slots, prepared);
    return {
      data: prepared.data,
      failed: new Set([...prepared.failures.keys()].map((slot) => positions[slot]!)),
    };
  }

  #report(slots: readonly PreparationSlot[], { failures }: PreparedPictures): void {
    // By slot, because failures come in the order of their discovery.
    for (const [slot, reason] of [...failures].sort(([a], [b]) => a - b)) {
      const { index } = slots[slot]!;
      const name = this.#dataset.nameOf(index);
      const error = new FileFormatError(name, reason);
      if (this.#settings.onBroken === 'throw') throw error;
      if (this.#broken.has(index)) continue;
      this.#broken.add(index);
      this.#settings.onBroken({ index, name, error });
    }
  }

  /** The numbers of the picture that stands in at a position; notes it in `indices`. */
  async #replace(place: BatchPlace, indices: Int32Array, position: number): Promise<Float32Array> {
    const candidates = place.plan.replacements(place.epoch, place.start + position);
    for (const candidate of candidates) {
      if (this.#broken.has(candidate)) continue;
      indices[position] = candidate;
      const { data, failed } = await this.#prepare(place, indices, [position]);
      if (failed.size === 0) return data;
    }
    throw new FileFormatError(
      this.#dataset.nameOf(place.entries[position]!),
      `cannot be read, nor can any of ${candidates.length} others drawn to stand in for it`,
    );
  }
}
