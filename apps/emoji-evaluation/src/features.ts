import {
  type Backend,
  type CompiledFunction,
  compile,
  fromHost,
  type HostTensor,
  type Tensor,
} from '@softvq/core';
import { picturesToFloats } from '@softvq/data';
import type { FeatureMatrix } from '@softvq/evaluation';
import type { EmojiClassifier } from './classifier.js';
import type { LabelledPictures, ReadOptions } from './emoji-pictures.js';

/** What the classifier says of pictures. */
export interface Described {
  /** A row for each picture. */
  readonly features: FeatureMatrix;
  /** For each picture, how many classes the classifier takes to be likelier than its own. */
  readonly ranks: Int32Array;
}

/** Shares of pictures, from 0 to 1. */
export interface Recognised {
  /** Whose class is the likeliest. */
  readonly top1: number;
  /** Whose class is among the five likeliest. */
  readonly top5: number;
}

const batchSize = 64;

/** A trained classifier, compiled once for all sets of pictures. */
export class FeatureExtractor {
  readonly #width: number;
  readonly #run: CompiledFunction<{ images: Tensor }, { features: Tensor; logits: Tensor }>;

  constructor(classifier: EmojiClassifier, backend: Backend) {
    this.#width = classifier.featureWidth;
    this.#run = compile(
      ({ images }: { images: Tensor }) => {
        const features = classifier.features(images);
        return { features, logits: classifier.logits(features) };
      },
      { backend, dynamic: { images: ['batch'] } },
    );
  }

  /** @throws the signal's reason once it is aborted. */
  async describe(
    { pictures, labels }: LabelledPictures,
    { signal, onProgress }: ReadOptions,
  ): Promise<Described> {
    const data = new Float32Array(pictures.length * this.#width);
    const ranks = new Int32Array(pictures.length);
    for (let start = 0; start < pictures.length; start += batchSize) {
      signal.throwIfAborted();
      const batch = pictures.slice(start, start + batchSize);
      const images = fromHost({ dtype: 'float32', ...picturesToFloats(batch) });
      const { features, logits } = await this.#run({ images });
      data.set((await features.host()).data as Float32Array, start * this.#width);
      const host = (await logits.host()) as HostTensor<'float32'>;
      for (let i = 0; i < batch.length; i++) ranks[start + i] = rankOf(host, i, labels[start + i]!);
      for (const tensor of [images, features, logits]) tensor.dispose();
      onProgress(start + batch.length, pictures.length);
    }
    return { features: { rows: pictures.length, columns: this.#width, data }, ranks };
  }

  /** Frees what was compiled. */
  dispose(): Promise<void> {
    return this.#run.dispose();
  }
}

/** Some of the pictures, in the order given, also several times. */
export function choose({ features, ranks }: Described, indices: Int32Array): Described {
  const { columns } = features;
  const data = new Float32Array(indices.length * columns);
  for (const [row, at] of indices.entries()) {
    data.set(features.data.subarray(at * columns, (at + 1) * columns), row * columns);
  }
  return {
    features: { rows: indices.length, columns, data },
    ranks: indices.map((at) => ranks[at]!),
  };
}

export function recognised({ ranks }: Described): Recognised {
  const share = (most: number): number => ranks.filter((rank) => rank < most).length / ranks.length;
  return { top1: share(1), top5: share(5) };
}

function rankOf({ shape, data }: HostTensor<'float32'>, row: number, label: number): number {
  const classes = shape[1]!;
  const logits = data.subarray(row * classes, (row + 1) * classes);
  return logits.filter((logit) => logit > logits[label]!).length;
}
