import {
  ArgumentError,
  type Backend,
  type CompiledFunction,
  cast,
  compile,
  fromHost,
  type HostTensor,
  type Precision,
  ShapeError,
  type Tensor,
  type Tokenizer,
} from '@softvq/core';
import { centerCrop, type Picture, picturesToFloats } from '@softvq/data';

/** Pictures of any size, which are cropped in the middle, or float32 (images, 3, imageSize, imageSize) in [-1, 1]. */
export type ImagesInput = readonly Picture[] | Tensor;

/** How many images of a call are done. */
export interface BatchProgress {
  readonly done: number;
  readonly total: number;
}

export interface BatchOptions {
  /** At most so many images are computed at once. Default 16. */
  readonly batchSize?: number;
  /** Aborting stops before the next batch. */
  readonly signal?: AbortSignal;
}

export interface RunOptions extends BatchOptions {
  readonly onProgress?: (progress: BatchProgress) => void;
}

/** Yields after each batch and returns what all made, in host memory. */
export type BatchRun = AsyncGenerator<BatchProgress, HostTensor<'float32'>, void>;

const usualBatch = 16;

interface TensorInput {
  readonly input: Tensor;
}

/** Encoder and decoder of a tokenizer, each compiled once for batches of every size, when first needed. */
export class CompiledTokenizer {
  readonly #tokenizer: Tokenizer;
  readonly #backend: Backend | undefined;
  readonly #precision: Precision | undefined;
  #encode: CompiledFunction<TensorInput, Tensor> | undefined;
  #decode: CompiledFunction<TensorInput, Tensor> | undefined;

  constructor(tokenizer: Tokenizer, backend: Backend | undefined, precision: Precision | undefined) {
    this.#tokenizer = tokenizer;
    this.#backend = backend;
    this.#precision = precision;
  }

  /** Yields after each batch and returns latents (images, …latentShape) as the tokenizer gives them. */
  async *encode(input: ImagesInput, options: BatchOptions): BatchRun {
    const images = await this.imagesOf(input);
    this.#encode ??= this.#compile((each) => this.#tokenizer.encode(each));
    return yield* runInBatches(this.#encode, images, options);
  }

  /** Yields after each batch and returns images (images, 3, imageSize, imageSize) of latents as `encode` gives them. */
  async *decode(latents: HostTensor, options: BatchOptions): BatchRun {
    assertShape('latents', latents, this.#tokenizer.latentShape);
    this.#decode ??= this.#compile((each) => this.#tokenizer.decode(each));
    return yield* runInBatches(this.#decode, latents, options);
  }

  /** The images of an input as floats. */
  async imagesOf(input: ImagesInput): Promise<HostTensor<'float32'>> {
    const { imageSize } = this.#tokenizer;
    if (isPictures(input)) {
      const floats = picturesToFloats(input.map((picture) => centerCrop(picture, imageSize)));
      return { dtype: 'float32', shape: floats.shape, data: floats.data };
    }
    const images = await input.host();
    assertShape('images', images, [3, imageSize, imageSize]);
    return images as HostTensor<'float32'>;
  }

  /** Frees what was compiled. */
  async dispose(): Promise<void> {
    await Promise.all([this.#encode?.dispose(), this.#decode?.dispose()]);
    this.#encode = undefined;
    this.#decode = undefined;
  }

  #compile(fn: (input: Tensor) => Tensor): CompiledFunction<TensorInput, Tensor> {
    const [parameter] = Object.values(this.#tokenizer.parameters());
    const dtype = parameter?.dtype ?? 'float32';
    return compile(({ input }: TensorInput) => cast(fn(cast(input, dtype)), 'float32'), {
      dynamic: { input: ['batch'] },
      ...(this.#backend !== undefined && { backend: this.#backend }),
      ...(this.#precision !== undefined && {
        precision: this.#precision,
        names: this.#tokenizer.stateDict(),
      }),
    });
  }
}

/** Runs to the end, telling how far it is. */
export async function finished<Result>(
  run: AsyncGenerator<BatchProgress, Result, void>,
  onProgress: RunOptions['onProgress'],
): Promise<Result> {
  for (;;) {
    const next = await run.next();
    if (next.done) return next.value;
    onProgress?.(next.value);
  }
}

async function* runInBatches(
  run: CompiledFunction<TensorInput, Tensor>,
  { shape, data }: HostTensor,
  { batchSize = usualBatch, signal }: BatchOptions,
): BatchRun {
  if (!(Number.isSafeInteger(batchSize) && batchSize >= 1)) {
    throw new ArgumentError(`batchSize is a whole number from 1, not ${batchSize}`);
  }
  const total = shape[0]!;
  const length = data.length / total;
  const parts: HostTensor[] = [];
  for (let start = 0; start < total; start += batchSize) {
    signal?.throwIfAborted();
    const count = Math.min(batchSize, total - start);
    const elements = (data as Float32Array).subarray(start * length, (start + count) * length);
    parts.push(await runOnce(run, { dtype: 'float32', shape: [count, ...shape.slice(1)], data: elements }));
    yield { done: start + count, total };
  }
  return joined(parts);
}

async function runOnce(
  run: CompiledFunction<TensorInput, Tensor>,
  batch: HostTensor<'float32'>,
): Promise<HostTensor> {
  const input = fromHost(batch);
  try {
    const output = await run({ input });
    try {
      const { dtype, shape, data } = await output.host();
      return { dtype, shape, data: data.slice() };
    } finally {
      output.dispose();
    }
  } finally {
    input.dispose();
  }
}

function joined(parts: readonly HostTensor[]): HostTensor<'float32'> {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let offset = 0;
  for (const part of parts) {
    data.set(part.data as Float32Array, offset);
    offset += part.data.length;
  }
  const images = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  return { dtype: 'float32', shape: [images, ...parts[0]!.shape.slice(1)], data };
}

function assertShape(what: string, { dtype, shape }: HostTensor, ofOne: readonly number[]): void {
  const fits = shape.length === ofOne.length + 1 && ofOne.every((size, i) => shape[i + 1] === size);
  if (fits && shape[0]! > 0 && dtype === 'float32') return;
  throw new ShapeError(
    `${what} are float32 (images, ${ofOne.join(', ')}) with one image at least, not ${dtype} (${shape.join(', ')})`,
  );
}

function isPictures(input: ImagesInput): input is readonly Picture[] {
  return Array.isArray(input);
}
