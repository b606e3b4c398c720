import type { Precision } from '../precision/precision.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Backend } from './backend.js';
import type { RandomSource } from './random-source.js';
import type { ProcessKind, Sampler } from './sampler.js';

/** Classifier-free guidance (Ho & Salimans 2022), or autoguidance when another model is given (Karras et al. 2024). */
export interface GuidanceOptions {
  /** 1 is no guidance, and costs none. */
  readonly scale: number;
  /** Times in [0, 1], 1 being noise, between which guidance is active (Kynkäänniemi et al. 2024). Default [0, 1]. */
  readonly interval?: readonly [number, number] | undefined;
  /** `constant`, or growing linearly with the share of tokens that are known, for generators that fill in tokens. */
  readonly schedule?: 'constant' | 'linear' | undefined;
  /** A weaker generator of the same kind and shapes to be guided away from, in place of the unconditional prediction. */
  readonly model?: AnyGenerator | undefined;
}

export interface SampleOptions<Kind extends ProcessKind = ProcessKind> {
  /** A class for each image, or null for none. Alternatively `count`. */
  readonly labels?: readonly (number | null)[] | undefined;
  /** How many images without a class. */
  readonly count?: number | undefined;
  /** Image i has the stream of index `firstIndex` + i of this seed, whatever the batch. Default 0. */
  readonly seed?: number | undefined;
  /** Default 0. */
  readonly firstIndex?: number | undefined;
  /** By name, as registered, or itself. */
  readonly sampler?: string | Sampler<Kind> | undefined;
  readonly steps?: number | undefined;
  readonly guidance?: GuidanceOptions | undefined;
  /** Multiplies the noise that a sampler adds on its way; the noise it starts from stays. Default 1. */
  readonly temperature?: number | undefined;
  /** At most so many images are computed at once; the results are the same. Default all; 1 for adaptive samplers. */
  readonly batchSize?: number | undefined;
  /** Whether step events carry a preview. Default false. */
  readonly previews?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly backend?: Backend | undefined;
  /**
   * What the network is computed in; the state of the sampler stays in float32. Layers to keep have their names in
   * `stateDict`, and those of a model to be guided away from have them behind `other.`. Default as it is written.
   */
  readonly precision?: Precision | undefined;
  /** Where the random numbers of image `index`, counted from `firstIndex`, come from, in place of `seed`. */
  readonly random?: ((index: number) => RandomSource) | undefined;
}

/** What happens while sampling. Counts are over all images of the call; steps are those of one batch. */
export type SampleEvent =
  | {
      readonly type: 'start';
      readonly images: number;
      /** How many batches they are split into. */
      readonly batches: number;
      /** Of each batch; unknown for adaptive samplers. */
      readonly steps: number | undefined;
    }
  | {
      readonly type: 'step';
      /** From 0. */
      readonly batch: number;
      /** From 1. */
      readonly step: number;
      readonly steps: number | undefined;
      /** Of the network, in this batch so far. */
      readonly evaluations: number;
      /** The images of this batch as they would be now, as latents; the receiver disposes them. */
      readonly preview?: Tensor;
    }
  | {
      readonly type: 'done';
      /** (images, …latentShape), normalised as the generator was trained; the receiver disposes them. */
      readonly latents: Tensor;
      readonly evaluations: number;
    };

/** Random numbers of one training batch, as tensors: what `loss` takes. */
export type LossDraws = Readonly<Record<string, Tensor>>;

/** Noise and a class to latents of images, and the objective it is trained by. */
export interface Generator<Kind extends ProcessKind = ProcessKind> {
  readonly specVersion: 1;
  /** As registered, and as saved configs name it: `SiT`. */
  readonly name: string;
  /** The process its samplers must integrate. */
  readonly processKind: Kind;
  /** Of one image: (tokens, width), or (channels, height, width). */
  readonly latentShape: readonly number[];
  /** Classes are 0 … classes - 1. */
  readonly classes: number;
  /**
   * Draws images. Breaking out of the loop or aborting stops within one step and frees what was made.
   *
   * @throws ArgumentError for labels, samplers or settings that do not fit, before anything runs.
   */
  sample(options: SampleOptions<Kind>): AsyncGenerator<SampleEvent, void, void>;
  /** Random numbers for the loss of a batch. */
  drawLoss(batch: number, random: RandomSource): LossDraws;
  /**
   * The training objective, a scalar: a traced function of normalised latents (batch, …latentShape), int32 labels
   * (batch) and numbers of `drawLoss`.
   */
  loss(latents: Tensor, labels: Tensor, draws: LossDraws): Tensor;
  /** What training changes, by name. */
  parameters(): Readonly<Record<string, Tensor>>;
  /** Everything that is saved, by name. */
  stateDict(): Readonly<Record<string, Tensor>>;
  /** A copy that holds other tensors under names of the state dictionary; this one stays as it is. */
  with(tensors: Readonly<Record<string, Tensor>>): this;
  /** Frees what sampling compiled. */
  dispose(): Promise<void>;
}

/** A generator of any kind of process. */
export type AnyGenerator = { readonly [Kind in ProcessKind]: Generator<Kind> }[ProcessKind];
