import type { Tensor } from '../tensor/tensor.js';

/**
 * How data becomes noise, which fixes what a network can predict of it and which samplers can follow it back.
 *
 * - `diffusion`: a chain of discrete noise levels (Ho et al. 2020; Nichol & Dhariwal 2021). The network predicts the
 *   noise and, by default, where the variance of a step lies between its bounds. Timesteps are 0 … trainingSteps - 1.
 * - `interpolant`: a continuous path x(t) = α(t)·data + σ(t)·noise (Ma et al. 2024), t = 1 being noise.
 */
export type Process = ProcessOf[ProcessKind];

/** Processes by kind. */
export interface ProcessOf {
  readonly diffusion: DiffusionProcess;
  readonly interpolant: InterpolantProcess;
}

export type ProcessKind = keyof ProcessOf;

export interface DiffusionProcess {
  readonly kind: 'diffusion';
  readonly schedule: 'linear' | 'cosine';
  /** Length of the chain, usually 1000. */
  readonly trainingSteps: number;
  /** `learned-range`: the second half of the network's channels; else a fixed bound. */
  readonly variance: 'learned-range' | 'fixed-large' | 'fixed-small';
  /**
   * Samplers clip their estimates of the data to [-clipDenoised, clipDenoised]. At the noisy end of a cosine schedule
   * an error of the predicted noise is thousands of times as large in the data. Default: nothing is clipped.
   */
  readonly clipDenoised?: number;
}

export interface InterpolantProcess {
  readonly kind: 'interpolant';
  readonly path: 'linear' | 'cosine' | 'variance-preserving';
  /** What the network predicts. */
  readonly prediction: 'velocity' | 'noise' | 'score';
}

/** Tensors by name, all with the batch as their first axis. */
export type SamplerState = Readonly<Record<string, Tensor>>;

/** Numbers by name that differ from step to step: times, sizes of steps, coefficients. */
export type StepScalars = Readonly<Record<string, number>>;

/**
 * The network's prediction for latents (batch, …latentShape) at a time or timestep (a scalar tensor), of the same
 * shape, or with twice the channels when it learns variances. Labels and guidance are inside.
 */
export type Denoise = (latents: Tensor, time: Tensor) => Tensor;

/**
 * A traced function of one evaluation: compiled once, together with the network, for every batch size. It must depend
 * on nothing but its arguments. It should call `denoise` once, since each call in a graph packs the weights again.
 * Samplers that share a function share what is compiled.
 */
export type SamplerStep = (
  denoise: Denoise,
  state: SamplerState,
  scalars: Readonly<Record<string, Tensor>>,
) => SamplerState;

/**
 * One run of a sampler, as the generator hands it over. Tensors that the sampler gets from it are the sampler's to
 * dispose, as soon as it needs them no more; what is left is freed when the run ends, however it ends.
 */
export interface SamplingTask<P extends Process = Process> {
  readonly process: P;
  /** Standard normal noise (batch, …latentShape). */
  readonly noise: Tensor;
  /** How many steps to take; for adaptive samplers the most they may take. */
  readonly steps: number;
  /**
   * Runs a named step of the sampler. `time` is the one that guidance intervals are compared with, in [0, 1] with 1
   * for noise. `state` stays as it is. Every call for one step has the same names of tensors and scalars.
   *
   * @throws the signal's reason when sampling was aborted.
   */
  run(step: string, state: SamplerState, scalars: StepScalars, time: number): Promise<SamplerState>;
  /** The next standard normal numbers (batch, …latentShape), each image's from a stream of its own. */
  nextNoise(): Tensor;
}

/** After each step of a sampler. Tensors are valid until the next step. */
export interface SamplerProgress {
  /** The latents now. */
  readonly latents: Tensor;
  /** What the latents would become if all noise were taken away at once, where the sampler knows it. */
  readonly denoised?: Tensor | undefined;
}

/** Integrates a process from noise to data. Stateless: one object serves any number of runs. */
export interface Sampler<Kind extends ProcessKind = ProcessKind> {
  readonly specVersion: 1;
  /** Short and lower case: `euler`, `ddim`. */
  readonly name: string;
  /** The kind of process it follows. */
  readonly integrates: Kind;
  /**
   * Whether it chooses its steps itself, by what it meets. Such a sampler is given one image at a time, so that
   * images do not depend on each other.
   */
  readonly adaptive: boolean;
  /** How many steps it takes when nobody says; for adaptive samplers the most they take. */
  readonly defaultSteps: number;
  /** What `SamplingTask.run` can run, for a process. Called once for each generator the sampler is used with. */
  stepsFor(process: ProcessOf[Kind]): Readonly<Record<string, SamplerStep>>;
  /** Yields after each step and returns the latents. */
  sample(task: SamplingTask<ProcessOf[Kind]>): AsyncGenerator<SamplerProgress, Tensor, void>;
}

/** A sampler of any kind of process. */
export type AnySampler = { readonly [Kind in ProcessKind]: Sampler<Kind> }[ProcessKind];
