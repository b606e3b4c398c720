import {
  type AnyGenerator,
  type Backend,
  fromHost,
  type Generator,
  type HostTensor,
  type Precision,
  type SampleEvent,
  type Tensor,
  type Tokenizer,
} from '@softvq/core';
import type { Picture } from '@softvq/data';
import { ClassLabels } from './class-labels.js';
import type { ImagesInput, RunOptions } from './compiled-tokenizer.js';
import type { GenerationEvent } from './generation-event.js';
import { type GenerateOptions, labelsOf, sampleOptionsOf } from './generation-options.js';
import type { Images } from './images.js';
import { type InterpolateOptions, interpolateLatents, interpolateRandom } from './interpolation.js';
import { parseSampling } from './pipeline-config.js';
import { assertJoin, type LatentStatistics, type PipelineParts } from './pipeline-parts.js';
import type { SamplingDefaults } from './sampling-defaults.js';
import { type Reconstructions, TokenizerPipeline } from './tokenizer-pipeline.js';

/** What `generate` makes. */
export interface GeneratedImages extends Images {
  /** The class of each image, or null for none. */
  readonly labels: readonly (number | null)[];
  /** float32 (images, …latentShape) as `decode` takes them, in host memory. */
  readonly latents: Tensor;
  /** How often the network was evaluated, over all batches. */
  readonly evaluations: number;
}

export interface GenerateCallOptions extends GenerateOptions {
  readonly onProgress?: (event: GenerationEvent) => void;
}

/** The share of the work that is decoding, for a bar that moves evenly enough. */
const decodingShare = 0.1;

/**
 * A tokenizer and the generator that was trained on its latents: classes to images, and images to latents and back.
 *
 *     const pipeline = ImagePipeline.fromParts({ tokenizer, generator, latentStatistics, backend: await cpu() });
 *     const { pictures } = await pipeline.generate({ classes: ['cat', 'dog'], count: 4, seed: 7 });
 */
export class ImagePipeline {
  readonly tokenizer: Tokenizer;
  readonly generator: AnyGenerator;
  readonly latentStatistics: LatentStatistics;
  readonly classLabels: ClassLabels;
  /** What `generate` does where it is not told. */
  readonly sampling: SamplingDefaults;
  readonly #images: TokenizerPipeline;
  readonly #backend: Backend | undefined;
  readonly #precision: Precision | undefined;

  /**
   * @throws ShapeError for latents of different shapes, ArgumentError for statistics that are missing or not the
   * tokenizer's, for another number of labels than classes, and for defaults that no sampler takes.
   */
  constructor(parts: PipelineParts) {
    assertJoin(parts);
    const {
      tokenizer,
      generator,
      latentStatistics,
      classLabels = [],
      sampling = {},
      backend,
      precision = {},
    } = parts;
    this.tokenizer = tokenizer;
    this.generator = generator;
    this.latentStatistics = latentStatistics;
    this.classLabels = new ClassLabels(classLabels, generator.classes);
    this.sampling = parseSampling(sampling);
    this.#images = new TokenizerPipeline({
      tokenizer,
      ...(backend && { backend }),
      ...(precision.tokenizer && { precision: precision.tokenizer }),
    });
    this.#backend = backend;
    this.#precision = precision.generator;
  }

  /** The pipeline of a tokenizer and a generator at hand. Throws as the constructor does. */
  static fromParts(parts: PipelineParts): ImagePipeline {
    return new ImagePipeline(parts);
  }

  /** Height and width of the images. */
  get imageSize(): number {
    return this.tokenizer.imageSize;
  }

  /**
   * Draws images.
   *
   * @throws ArgumentError for a class, a sampler or a setting that does not fit, before anything runs; the signal's
   * reason, at most one step after it is aborted.
   */
  async generate({ onProgress, ...options }: GenerateCallOptions = {}): Promise<GeneratedImages> {
    let result: GeneratedImages | undefined;
    for await (const event of this.generateEvents(options)) {
      onProgress?.(event);
      if (event.type === 'done') result = event.result;
    }
    return result!;
  }

  /** As `generate`, telling what happens; the last event has the result. Breaking out of the loop stops the work. */
  async *generateEvents(options: GenerateOptions = {}): AsyncGenerator<GenerationEvent, void, void> {
    const labels = labelsOf(options, this.classLabels);
    const generator = this.generator as Generator;
    const events = generator.sample({
      ...sampleOptionsOf(options, this.sampling),
      labels,
      ...(this.#backend && { backend: this.#backend }),
      ...(this.#precision && { precision: this.#precision }),
    });
    let batches = 1;
    for await (const event of events) {
      if (event.type === 'start') {
        batches = event.batches;
        yield { ...event, progress: 0 };
      } else if (event.type === 'step') {
        yield await this.#stepEvent(event, batches);
      } else {
        const latents = await this.#denormalized(event.latents);
        yield* this.#decodeEvents(latents, options, { labels, evaluations: event.evaluations });
      }
    }
  }

  /** Latents of images, as the tokenizer gives them. Throws as `TokenizerPipeline` does. */
  encode(images: ImagesInput, options: RunOptions = {}): Promise<Tensor> {
    return this.#images.encode(images, options);
  }

  /** Images of latents, as `encode` and `generate` give them. Throws as `TokenizerPipeline` does. */
  decode(latents: Tensor, options: RunOptions = {}): Promise<Images> {
    return this.#images.decode(latents, options);
  }

  /** Images through the latents and back. Throws as `TokenizerPipeline` does. */
  reconstruct(images: ImagesInput, options: RunOptions = {}): Promise<Reconstructions> {
    return this.#images.reconstruct(images, options);
  }

  /**
   * A row of `count` images from one picture to another, straight through the latents; the first and the last are the
   * reconstructions of both.
   *
   * @throws ArgumentError for a count below 2; otherwise as `encode` and `decode`.
   */
  async interpolate(from: Picture, to: Picture, count: number, options: RunOptions = {}): Promise<Images> {
    const { onProgress, ...others } = options;
    const ends = await this.encode([from, to], others);
    const latents = fromHost(interpolateLatents(await ends.host(), count));
    return this.decode(latents, options);
  }

  /**
   * A row of `count` generated images from one seed to another: the noise they begin with goes along the great circle
   * between that of the first image of each seed, so that every one is as likely as they are.
   *
   * @throws ArgumentError for a count below 2; otherwise as `generate`.
   */
  async interpolateSeeds(
    from: number,
    to: number,
    count: number,
    { class: wanted = null, ...options }: InterpolateOptions = {},
  ): Promise<GeneratedImages> {
    const random = interpolateRandom(from, to, count);
    return this.generate({ ...options, classes: wanted, count, random });
  }

  /** Frees what was compiled. A backend that was given stays its owner's. */
  async dispose(): Promise<void> {
    await Promise.all([this.#images.dispose(), this.generator.dispose()]);
  }

  async #stepEvent(
    { preview, ...event }: Extract<SampleEvent, { type: 'step' }>,
    batches: number,
  ): Promise<GenerationEvent> {
    const { batch, step, steps } = event;
    const progress =
      steps === undefined ? undefined : ((batch + step / steps) / batches) * (1 - decodingShare);
    if (preview === undefined) return { ...event, progress };
    const { pictures } = await this.decode(fromHost(await this.#denormalized(preview)));
    return { ...event, progress, previews: pictures };
  }

  /** Normalised latents as the tokenizer has them, in host memory; those given are disposed. */
  async #denormalized(latents: Tensor): Promise<HostTensor<'float32'>> {
    const { mean, std } = this.latentStatistics;
    try {
      const { shape, data } = await latents.host();
      return { dtype: 'float32', shape, data: (data as Float32Array).map((each) => each * std + mean) };
    } finally {
      latents.dispose();
    }
  }

  async *#decodeEvents(
    host: HostTensor<'float32'>,
    { batchSize, signal }: GenerateOptions,
    about: Pick<GeneratedImages, 'labels' | 'evaluations'>,
  ): AsyncGenerator<GenerationEvent, void, void> {
    const latents = fromHost(host);
    const decoding = this.#images.decodeEvents(latents, {
      ...(batchSize !== undefined && { batchSize }),
      ...(signal && { signal }),
    });
    for (;;) {
      const next = await decoding.next();
      if (next.done) {
        yield { type: 'done', result: { ...next.value, ...about, latents }, progress: 1 };
        return;
      }
      const { done, total } = next.value;
      yield { type: 'decode', done, total, progress: 1 - decodingShare * (1 - done / total) };
    }
  }
}
