import {
  ArgumentError,
  type CompiledFunction,
  fromHost,
  type RandomSource,
  type Sampler,
  type Tensor,
} from '@softvq/core';
import { tokenGuidanceScale } from '../guidance/token-schedule.js';
import type { CompiledStep } from '../sampling/compiled-step.js';
import { drawNormal } from '../sampling/noise.js';
import { runSampler } from '../sampling/run-sampler.js';
import type { ImageBatch } from '../sampling/sample-batches.js';
import type { SamplePlan } from '../sampling/sample-plan.js';
import type { TransformerInput, WriteInput, Written } from './compiled-transformer.js';
import type { MAR } from './mar.js';
import { knownTokens, positionsOf } from './masking.js';
import {
  type GuidedTransformerRows,
  HeadCondition,
  int32,
  type TransformerRows,
  transformerRows,
} from './token-rows.js';

/** Everything compiled that the loop runs. */
export interface CompiledLoop {
  readonly transformer: CompiledFunction<TransformerInput, Tensor>;
  /** Of the model to be guided away from. */
  readonly otherTransformer: CompiledFunction<TransformerInput, Tensor> | undefined;
  readonly write: CompiledFunction<WriteInput, Written>;
  /** The sampler's steps with the head, by name. */
  readonly headSteps: Readonly<Record<string, CompiledStep>>;
}

export interface TokenLoopOptions {
  readonly batch: ImageBatch;
  readonly plan: SamplePlan;
  /** Of the head. */
  readonly sampler: Sampler<'diffusion'>;
  /** How many steps the sampler takes. */
  readonly headSteps: number;
  readonly compiled: CompiledLoop;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fills in the tokens of a batch of images, some of each image in a step: from the end of a random order of its own
 * towards the start.
 */
export class TokenLoop {
  readonly #mar: MAR;
  readonly #options: TokenLoopOptions;
  readonly #orders: readonly Int32Array[];
  readonly #rows: GuidedTransformerRows;
  #masked: number;
  #written: Written;

  constructor(mar: MAR, options: TokenLoopOptions) {
    const { batch, plan } = options;
    const { tokens, channels } = mar.layout;
    const shape = [batch.labels.length, tokens, channels];
    const data = new Float32Array(batch.labels.length * tokens * channels);
    this.#mar = mar;
    this.#options = options;
    this.#orders = batch.sources.map((source) => orderFrom(source, tokens));
    this.#rows = transformerRows(batch.labels, mar.classes, plan.guidance);
    this.#masked = tokens;
    this.#written = { tokens: fromHost({ dtype: 'float32', shape, data }) };
  }

  /** The latents of the images as they are now (batch, …latentShape), 0 where nothing is known; until the next step. */
  get latents(): Tensor {
    return this.#written.grid ?? this.#written.tokens;
  }

  /**
   * Predicts tokens until so many are still masked.
   *
   * @throws the signal's reason, at most one step of the head after the signal.
   */
  async step(stillMasked: number): Promise<void> {
    const predicted = this.#masked - stillMasked;
    const condition = await this.#condition(stillMasked, predicted);
    let latents: Tensor;
    try {
      latents = await this.#runHead(condition, predicted);
    } finally {
      condition.dispose();
    }
    try {
      await this.#write(latents, stillMasked);
    } finally {
      latents.dispose();
    }
    this.#masked = stillMasked;
  }

  /** Frees everything, but for the latents that the caller keeps. */
  dispose(kept?: Tensor): void {
    for (const each of Object.values(this.#written)) if (each !== kept) each.dispose();
  }

  /** What the transformers say of the tokens of this step. */
  async #condition(stillMasked: number, predicted: number): Promise<HeadCondition> {
    const { compiled, plan, signal } = this.#options;
    const { tokens } = this.#mar.layout;
    signal?.throwIfAborted();
    const conditions = await this.#ask(compiled.transformer, this.#rows, stillMasked);
    let other: Tensor | undefined;
    if (this.#rows.other !== undefined) {
      try {
        other = await this.#ask(compiled.otherTransformer!, this.#rows.other, stillMasked);
      } catch (error) {
        conditions.dispose();
        throw error;
      }
    }
    // The reference counts one token as masked even after the last step.
    const known = tokens - Math.max(1, stillMasked);
    const scale = tokenGuidanceScale(plan.guidance, known, tokens);
    return new HeadCondition(this.#rows, plan.guidance, { conditions, other, predicted, scale });
  }

  async #ask(
    transformer: CompiledLoop['transformer'],
    { images, labels }: TransformerRows,
    stillMasked: number,
  ): Promise<Tensor> {
    const orders = images.map((image) => this.#orders[image]!);
    const wanted = orders.map((order) => positionsOf(order, stillMasked, this.#masked));
    const inputs = {
      images: int32(images),
      labels: int32(labels),
      predicted: int32(
        wanted.flatMap((each) => [...each]),
        images.length,
      ),
      ...knownTokens(orders, this.#masked),
    };
    try {
      return await transformer({ tokens: this.#written.tokens, ...inputs });
    } finally {
      for (const each of Object.values(inputs)) each.dispose();
    }
  }

  /** Latents (images · predicted, channels) of the tokens of this step. */
  async #runHead(condition: HeadCondition, predicted: number): Promise<Tensor> {
    const { batch, plan, sampler, compiled, signal } = this.#options;
    const shape = [batch.labels.length * predicted, this.#mar.layout.channels];
    const progress = runSampler({
      sampler,
      process: this.#mar.process,
      steps: this.#options.headSteps,
      compiled: compiled.headSteps,
      conditionAt: (time) => condition.at(time),
      noise: drawNormal(batch.sources, shape),
      nextNoise: () => drawNormal(batch.sources, shape, plan.temperature),
      signal,
    });
    for (;;) {
      const next = await progress.next();
      if (next.done) return next.value;
    }
  }

  async #write(latents: Tensor, stillMasked: number): Promise<void> {
    const { tokens: length } = this.#mar.layout;
    const before = this.#written;
    const positions = int32(
      this.#orders.flatMap((order, image) =>
        Array.from(positionsOf(order, stillMasked, this.#masked), (position) => image * length + position),
      ),
    );
    try {
      this.#written = await this.#options.compiled.write({ tokens: before.tokens, latents, positions });
    } finally {
      positions.dispose();
    }
    before.tokens.dispose();
    before.grid?.dispose();
  }
}

/** @throws ArgumentError when the source gives no order of so many tokens. */
function orderFrom(source: RandomSource, tokens: number): Int32Array {
  const order = source.permutation(tokens);
  const positions = new Set(order);
  if (
    order.length === tokens &&
    positions.size === tokens &&
    order.every((each) => each >= 0 && each < tokens)
  ) {
    return order;
  }
  throw new ArgumentError(`a random source gave no permutation of ${tokens} where one was asked for`);
}
