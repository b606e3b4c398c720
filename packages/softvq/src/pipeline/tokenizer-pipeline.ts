import {
  type Backend,
  fromHost,
  type HostTensor,
  type Precision,
  type Tensor,
  type Tokenizer,
} from '@softvq/core';
import { floatsToPictures } from '@softvq/data';
import {
  type BatchOptions,
  type BatchProgress,
  CompiledTokenizer,
  finished,
  type ImagesInput,
  type RunOptions,
} from './compiled-tokenizer.js';
import type { Images } from './images.js';

export interface TokenizerPipelineParts {
  readonly tokenizer: Tokenizer;
  /** Default the default backend at the first use. */
  readonly backend?: Backend;
  /** What the tokenizer is computed in; layers to keep have their names in `stateDict`. Default as it is written. */
  readonly precision?: Precision;
}

/** Images after the latents, and as they went in. */
export interface Reconstructions extends Images {
  readonly originals: Images;
}

/**
 * Pictures to latents and back: a tokenizer with something to compute on.
 *
 *     const pipeline = new TokenizerPipeline({ tokenizer, backend: await cpu() });
 *     const { pictures } = await pipeline.reconstruct([picture]);
 */
export class TokenizerPipeline<T extends Tokenizer = Tokenizer> {
  readonly tokenizer: T;
  readonly #compiled: CompiledTokenizer;

  constructor({ tokenizer, backend, precision }: TokenizerPipelineParts & { readonly tokenizer: T }) {
    this.tokenizer = tokenizer;
    this.#compiled = new CompiledTokenizer(tokenizer, backend, precision);
  }

  /** Height and width of the images. */
  get imageSize(): number {
    return this.tokenizer.imageSize;
  }

  /**
   * Latents float32 (images, …latentShape) as the tokenizer gives them, in host memory.
   *
   * @throws ShapeError for a tensor of another shape, ArgumentError for pictures that cannot be; the signal's reason
   * once it is aborted.
   */
  async encode(images: ImagesInput, { onProgress, ...options }: RunOptions = {}): Promise<Tensor> {
    return fromHost(await finished(this.#compiled.encode(images, options), onProgress));
  }

  /**
   * Images of latents as `encode` gives them.
   *
   * @throws ShapeError for latents of another shape; the signal's reason once it is aborted.
   */
  decode(latents: Tensor, { onProgress, ...options }: RunOptions = {}): Promise<Images> {
    return finished(this.decodeEvents(latents, options), onProgress);
  }

  /** As `decode`, yielding after each batch; breaking out of the loop stops the work. */
  async *decodeEvents(
    latents: Tensor,
    options: BatchOptions = {},
  ): AsyncGenerator<BatchProgress, Images, void> {
    return imagesOf(yield* this.#compiled.decode(await latents.host(), options));
  }

  /** Images through the latents and back, beside what went in. Throws as `encode` does. */
  async reconstruct(
    images: ImagesInput,
    { onProgress, ...options }: RunOptions = {},
  ): Promise<Reconstructions> {
    const originals = await this.#compiled.imagesOf(images);
    const latents = await finished(this.#compiled.encode(fromHost(originals), options), ({ done, total }) =>
      onProgress?.({ done, total: 2 * total }),
    );
    const decoded = await finished(this.#compiled.decode(latents, options), ({ done, total }) =>
      onProgress?.({ done: total + done, total: 2 * total }),
    );
    return { ...imagesOf(decoded), originals: imagesOf(originals) };
  }

  /** Frees what was compiled. The backend is its owner's. */
  dispose(): Promise<void> {
    return this.#compiled.dispose();
  }
}

function imagesOf(images: HostTensor<'float32'>): Images {
  return { pictures: floatsToPictures(images.data, images.shape), images: fromHost(images) };
}
