import {
  cast,
  concat,
  cos,
  deferred,
  exp,
  type InterpolantProcess,
  type LossDraws,
  type ProcessKind,
  type ProcessOf,
  type SampleEvent,
  type SampleOptions,
  scalar,
  sin,
  sqrt,
  type Tensor,
  take,
} from '@softvq/core';
import { trainingDiffusion } from '../diffusion/gaussian-diffusion.js';
import { Compilations } from '../sampling/compilations.js';
import { type LatentGenerator, sampleLatents } from '../sampling/sample-latents.js';

export interface GaussianOptions<Kind extends ProcessKind> {
  readonly process: ProcessOf[Kind];
  readonly latentShape: readonly number[];
  /** Of the data: independent normal numbers. */
  readonly mean: number;
  readonly deviation: number;
  /** With learned variances, what is predicted of them: -1 for the lower bound, 1 for the upper. Default -1. */
  readonly variance?: number;
}

/** A path at a time, in the graph. */
interface TracedPoint {
  readonly alpha: Tensor;
  readonly sigma: Tensor;
}

/**
 * A generator whose data are independent normal numbers, so that the best prediction is known exactly and so is what
 * a sampler must make of it. It has nothing to learn and two classes that are alike.
 */
export class GaussianGenerator<Kind extends ProcessKind> implements LatentGenerator<Kind> {
  readonly specVersion = 1;
  readonly name = 'gaussian';
  readonly classes = 2;
  readonly processKind: Kind;
  readonly process: ProcessOf[Kind];
  readonly latentShape: readonly number[];
  readonly mean: number;
  readonly deviation: number;
  readonly variance: number;

  constructor({ process, latentShape, mean, deviation, variance = -1 }: GaussianOptions<Kind>) {
    this.process = process;
    this.processKind = process.kind as Kind;
    this.latentShape = latentShape;
    this.mean = mean;
    this.deviation = deviation;
    this.variance = variance;
  }

  predict(latents: Tensor, time: Tensor): Tensor {
    const { process } = this;
    if (process.kind === 'diffusion') {
      const { signal } = trainingDiffusion(process);
      const table = deferred('float32', [signal.length], () => Float32Array.from(signal));
      const left = take(table, cast(time, 'int32'));
      const noise = this.expectedNoise(latents, { alpha: sqrt(left), sigma: sqrt(left.neg().add(1)) });
      if (process.variance !== 'learned-range') return noise;
      return concat([noise, noise.mul(0).add(this.variance)], latents.rank === 4 ? 1 : -1);
    }
    const point = tracedPath(process.path, time);
    const noise = this.expectedNoise(latents, point);
    if (process.prediction === 'noise') return noise;
    if (process.prediction === 'score') return noise.div(point.sigma).neg();
    const rates = tracedRates(process.path, time, point);
    return this.expectedData(latents, point).mul(rates.alpha).add(noise.mul(rates.sigma));
  }

  sample(options: SampleOptions<Kind>): AsyncGenerator<SampleEvent, void, void> {
    return sampleLatents(this, options, this.processKind === 'diffusion' ? 'ddpm' : 'heun');
  }

  drawLoss(): LossDraws {
    return {};
  }

  loss(): Tensor {
    return scalar(0);
  }

  parameters(): Readonly<Record<string, Tensor>> {
    return {};
  }

  stateDict(): Readonly<Record<string, Tensor>> {
    return {};
  }

  with(): this {
    return this;
  }

  dispose(): Promise<void> {
    return Compilations.of(this).dispose();
  }

  /** Of the noise, given the latents: σ (x - αμ) / (α²s² + σ²). */
  private expectedNoise(latents: Tensor, { alpha, sigma }: TracedPoint): Tensor {
    const total = alpha.mul(this.deviation).square().add(sigma.square());
    return latents.sub(alpha.mul(this.mean)).mul(sigma.div(total));
  }

  /** Of the data, given the latents: μ + αs² (x - αμ) / (α²s² + σ²). */
  private expectedData(latents: Tensor, { alpha, sigma }: TracedPoint): Tensor {
    const total = alpha.mul(this.deviation).square().add(sigma.square());
    return latents
      .sub(alpha.mul(this.mean))
      .mul(alpha.mul(this.deviation ** 2).div(total))
      .add(this.mean);
  }
}

/** The paths of SiT once more, as operations. */
function tracedPath(path: InterpolantProcess['path'], time: Tensor): TracedPoint {
  switch (path) {
    case 'linear':
      return { alpha: time.neg().add(1), sigma: time };
    case 'cosine':
      return { alpha: cos(time.mul(Math.PI / 2)), sigma: sin(time.mul(Math.PI / 2)) };
    case 'variance-preserving': {
      const alpha = exp(
        time
          .square()
          .mul(-0.25 * 19.9)
          .sub(time.mul(0.05)),
      );
      return { alpha, sigma: sqrt(alpha.square().neg().add(1)) };
    }
  }
}

function tracedRates(
  path: InterpolantProcess['path'],
  time: Tensor,
  { alpha, sigma }: TracedPoint,
): TracedPoint {
  switch (path) {
    case 'linear':
      return { alpha: scalar(-1), sigma: scalar(1) };
    case 'cosine':
      return { alpha: sigma.mul(-Math.PI / 2), sigma: alpha.mul(Math.PI / 2) };
    case 'variance-preserving': {
      const rate = time.mul(-0.5 * 19.9).sub(0.05);
      return { alpha: alpha.mul(rate), sigma: alpha.square().mul(rate).div(sigma).neg() };
    }
  }
}
