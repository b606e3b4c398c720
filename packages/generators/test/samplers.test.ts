import { cpu } from '@softvq/backends/cpu';
import {
  type DiffusionProcess,
  type InterpolantProcess,
  type ProcessKind,
  type ProcessOf,
  type SampleOptions,
  setDefaultBackend,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianGenerator } from '../src/conformance/gaussian-generator.js';
import { respacedDiffusion } from '../src/diffusion/gaussian-diffusion.js';
import { pathAt } from '../src/interpolant/path.js';
import type { StochasticOptions } from '../src/samplers/index.js';
import { ddim, ddpm, dopri5, euler, eulerMaruyama, heun, stochasticHeun } from '../src/samplers/index.js';
import { collect } from './collect.js';

beforeAll(async () => {
  setDefaultBackend(await cpu());
});

const mean = 0.7;
const deviation = 0.5;

function gaussian<Kind extends ProcessKind>(process: ProcessOf[Kind], spread = deviation, variance = -1) {
  return new GaussianGenerator<Kind>({ process, latentShape: [4, 16], mean, deviation: spread, variance });
}

const paths = ['linear', 'cosine', 'variance-preserving'] as const;
const interpolant = (
  path: InterpolantProcess['path'] = 'linear',
  prediction: InterpolantProcess['prediction'] = 'velocity',
): InterpolantProcess => ({ kind: 'interpolant', path, prediction });
const diffusion = (
  schedule: DiffusionProcess['schedule'] = 'linear',
  variance: DiffusionProcess['variance'] = 'fixed-large',
): DiffusionProcess => ({ kind: 'diffusion', schedule, trainingSteps: 1000, variance });

interface Drawn {
  readonly values: Float32Array;
  readonly evaluations: number;
}

async function draw<Kind extends ProcessKind>(
  generator: GaussianGenerator<Kind>,
  options: SampleOptions<Kind>,
): Promise<Drawn> {
  const { latents, evaluations } = await collect(generator.sample({ count: 2, seed: 3, ...options }));
  const values = (await latents.data()) as Float32Array;
  latents.dispose();
  await generator.dispose();
  return { values, evaluations };
}

/** Largest distance from where the exact probability flow leads the noise. */
async function flowError(
  process: InterpolantProcess,
  options: SampleOptions<'interpolant'>,
): Promise<{ error: number; evaluations: number }> {
  const { values, evaluations } = await draw(gaussian<'interpolant'>(process), options);
  const { alpha, sigma } = pathAt(process.path, 1);
  const total = Math.hypot(alpha * deviation, sigma);
  const noise = [0, 1].flatMap((index) => [
    ...new RandomStream({ seed: 3, name: 'sampling', index }).normal(64),
  ]);
  const errors = noise.map((each, i) =>
    Math.abs(values[i]! - (mean + (deviation * (each - alpha * mean)) / total)),
  );
  return { error: Math.max(...errors), evaluations };
}

describe('the probability flow of normal data', () => {
  it.each(paths)('is followed by euler at first order on the %s path', async (path) => {
    const at = async (steps: number) =>
      (await flowError(interpolant(path), { sampler: euler(), steps })).error;
    const order = Math.log2((await at(40)) / (await at(80)));
    expect(order).toBeGreaterThan(0.85);
    expect(order).toBeLessThan(1.2);
  });

  it.each(['linear', 'cosine'] as const)(
    'is followed by heun at second order on the %s path',
    async (path) => {
      const at = async (steps: number) =>
        (await flowError(interpolant(path), { sampler: heun(), steps })).error;
      const [coarse, fine] = [await at(8), await at(16)];
      expect(Math.log2(coarse / fine)).toBeGreaterThan(1.7);
      expect(fine).toBeLessThan(0.02);
    },
  );

  it.each(paths)('is followed by dopri5 to tolerance on the %s path', async (path) => {
    const at = (tolerance: number) =>
      flowError(interpolant(path), {
        sampler: dopri5({ absoluteTolerance: tolerance, relativeTolerance: tolerance }),
      });
    const [loose, tight] = [await at(1e-2), await at(1e-5)];
    // The variance-preserving path ends a little before the data.
    const rest = path === 'variance-preserving' ? 1e-3 : 0;
    expect(loose.error).toBeLessThan(5e-2 + rest);
    expect(tight.error).toBeLessThan(1e-4 + rest);
    expect(tight.evaluations).toBeGreaterThan(loose.evaluations);
  });

  it('has two evaluations a step of heun but one in the last, and six a step of dopri5', async () => {
    const { evaluations } = await flowError(interpolant(), { sampler: heun(), steps: 9 });
    expect(evaluations).toBe(17);
    const { events } = await collect(
      gaussian<'interpolant'>(interpolant()).sample({ count: 1, sampler: 'dopri5' }),
    );
    const steps = events.filter((event) => event.type === 'step');
    expect(steps.every((event) => event.steps === undefined)).toBe(true);
    // One at the start, one to find the first size, six for each attempt.
    expect(steps.every((event) => (event.evaluations - 2) % 6 === 0)).toBe(true);
    expect(steps.length).toBeGreaterThan(2);
  });

  it.each(['noise', 'score'] as const)('is the same by predictions of the %s', async (prediction) => {
    for (const path of paths) {
      const exact = await flowError(interpolant(path), { sampler: heun(), steps: 40 });
      const other = await flowError(interpolant(path, prediction), { sampler: heun(), steps: 40 });
      // Predictions other than the velocity begin and end a thousandth inside.
      expect(Math.abs(other.error - exact.error)).toBeLessThan(5e-3);
    }
  });

  it('is followed with shifted times, too', async () => {
    const at = async (steps: number) =>
      (await flowError(interpolant(), { sampler: euler({ timeShift: 3 }), steps })).error;
    expect(Math.log2((await at(40)) / (await at(80)))).toBeGreaterThan(0.85);
  });

  it('says when dopri5 is not allowed enough steps', async () => {
    const sampling = gaussian<'interpolant'>(interpolant()).sample({ count: 1, sampler: 'dopri5', steps: 2 });
    await expect(collect(sampling)).rejects.toThrow(/2 steps lead only to time/);
  });

  it('is not searched for by dopri5 where the network predicts nothing finite', async () => {
    const broken = new GaussianGenerator<'interpolant'>({
      process: interpolant(),
      latentShape: [2],
      mean: Number.NaN,
      deviation,
    });
    const sampling = broken.sample({ count: 1, sampler: 'dopri5' });
    await expect(collect(sampling)).rejects.toThrow(/predictions around time 1 are not finite/);
  });

  it('is followed by ddim', async () => {
    const at = async (steps: number): Promise<number> => {
      const { values } = await draw(gaussian<'diffusion'>(diffusion()), { sampler: ddim(), steps });
      const noise = new RandomStream({ seed: 3, name: 'sampling', index: 0 }).normal(64);
      return Math.max(...Array.from(noise, (each, i) => Math.abs(values[i]! - (mean + deviation * each))));
    };
    const [coarse, fine] = [await at(25), await at(100)];
    expect(fine).toBeLessThan(0.05);
    expect(coarse / fine).toBeGreaterThan(2);
  });
});

/** Mean and variance lie where chance allows: 4.5 standard errors, plus what the steps are allowed to be off. */
function expectNormal(values: Float32Array, spread: number, bias: number): void {
  const count = values.length;
  const average = values.reduce((sum, each) => sum + each, 0) / count;
  const variance = values.reduce((sum, each) => sum + (each - average) ** 2, 0) / (count - 1);
  expect(Math.abs(average - mean)).toBeLessThan(4.5 * (spread / Math.sqrt(count)) + bias);
  expect(Math.abs(variance / spread ** 2 - 1)).toBeLessThan(4.5 * Math.sqrt(2 / count) + bias);
}

describe('samples of normal data have the right mean and variance', () => {
  const count = 128;

  it.each([
    ['fixed-large', 1, -1],
    ['learned-range', 1, 1],
    ['fixed-small', 0.02, -1],
    ['learned-range', 0.02, -1],
  ] as const)('by ddpm with variance %s for a deviation of %d', async (variance, spread, predicted) => {
    // The upper bound is exact for data of variance 1, the lower for data without any.
    const generator = gaussian<'diffusion'>(diffusion('cosine', variance), spread, predicted);
    const { values } = await draw(generator, { count, steps: 100, sampler: ddpm() });
    // The lower bound leaves out that the data vary.
    if (spread === 1) expectNormal(values, spread, 0.01);
    else for (const value of values) expect(Math.abs(value - mean)).toBeLessThan(4.5 * spread);
  });

  it('by ddim with eta 1', async () => {
    const generator = gaussian<'diffusion'>(diffusion('cosine'));
    const { values } = await draw(generator, { count, steps: 200, sampler: ddim({ eta: 1 }) });
    expectNormal(values, deviation, 0.03);
  });

  const everyForm: StochasticOptions[] = [
    // The drift of a large coefficient at the end goes too far in one step; Tweedie's formula does not.
    { diffusion: 'constant', diffusionScale: 0.5, lastStep: 'tweedie' },
    { diffusion: 'sbdm' },
    { diffusion: 'sigma' },
    { diffusion: 'linear' },
    { diffusion: 'decreasing' },
    { diffusion: 'increasing-decreasing' },
    { lastStep: 'tweedie' },
    { lastStep: 'euler' },
    { lastStep: 'none', lastStepSize: 0.01 },
    { timeShift: 2 },
  ];

  it.each(everyForm)('by euler-maruyama with %j', async (options) => {
    const generator = gaussian<'interpolant'>(interpolant());
    const { values } = await draw(generator, { count, steps: 250, sampler: eulerMaruyama(options) });
    expectNormal(values, deviation, 0.03);
  });

  it.each(paths)('by both stochastic samplers on the %s path', async (path) => {
    for (const sampler of [eulerMaruyama(), stochasticHeun()]) {
      const generator = gaussian<'interpolant'>(interpolant(path));
      const { values } = await draw(generator, { count, steps: 200, sampler });
      expectNormal(values, deviation, 0.03);
    }
  });

  it.each(['noise', 'score'] as const)(
    'by stochastic-heun with predictions of the %s',
    async (prediction) => {
      const generator = gaussian<'interpolant'>(interpolant('linear', prediction));
      const { values } = await draw(generator, { count, steps: 200, sampler: stochasticHeun() });
      expectNormal(values, deviation, 0.03);
    },
  );

  it('only at the temperature 1', async () => {
    const generator = gaussian<'interpolant'>(interpolant());
    const { values } = await draw(generator, { count, sampler: eulerMaruyama(), temperature: 0.5 });
    const average = values.reduce((sum, each) => sum + each, 0) / values.length;
    const variance = values.reduce((sum, each) => sum + (each - average) ** 2, 0) / values.length;
    expect(average).toBeCloseTo(mean, 1);
    expect(variance).toBeLessThan(0.6 * deviation ** 2);
  });
});

describe('estimates of the data', () => {
  /** The largest sample by a network whose predictions of noise are all wrong by so much. */
  async function largest(sampler: 'ddpm' | 'ddim', error: number, clipDenoised?: number): Promise<number> {
    const process = { ...diffusion('cosine'), ...(clipDenoised !== undefined && { clipDenoised }) };
    const generator = gaussian<'diffusion'>(process, 1);
    const exact = generator.predict.bind(generator);
    generator.predict = (latents, time) => exact(latents, time).add(error);
    const { values } = await draw(generator, { sampler, steps: 2 });
    return Math.max(...values.map(Math.abs));
  }

  it.each(['ddpm', 'ddim'] as const)(
    'of %s are clipped where errors of the noisiest step grow',
    async (sampler) => {
      expect(await largest(sampler, 0.01)).toBeGreaterThan(50);
      expect(await largest(sampler, 0.01, 6)).toBeLessThanOrEqual(6);
    },
  );

  it.each(['ddpm', 'ddim'] as const)('of %s are left as they are inside the bound', async (sampler) => {
    expect(await largest(sampler, 0, 20)).toBe(await largest(sampler, 0));
  });
});

describe('one step of ddpm', () => {
  it.each([
    ['the step itself', 1],
    ['the posterior', -1],
  ] as const)('adds the noise of %s where %d is predicted', async (_, predicted) => {
    // Of two steps only the first adds noise. What it adds is seen in its latents, against those without noise.
    const generator = gaussian<'diffusion'>(diffusion('linear', 'learned-range'), 1, predicted);
    const { signal } = respacedDiffusion(generator.process, [0, 999]);
    const ones = { normal: (count: number) => new Float32Array(count).fill(1) };
    const step = async (temperature: number): Promise<number> => {
      const stream = new RandomStream({ seed: 0, name: 'unused' });
      const random = () => Object.assign(Object.create(stream) as RandomStream, ones);
      const { values } = await draw(generator, { count: 1, steps: 2, sampler: ddpm(), temperature, random });
      return values[0]!;
    };
    const difference = (await step(1)) - (await step(0));
    const beta = 1 - signal[1]! / signal[0]!;
    const added = predicted === 1 ? Math.sqrt(beta) : Math.sqrt((beta * (1 - signal[0]!)) / (1 - signal[1]!));
    // The second step takes away the noise that is left: x̂₀ of normal data with deviation 1 is √ᾱ x + (1 - ᾱ) μ.
    expect(difference / (Math.sqrt(signal[0]!) * added)).toBeCloseTo(1, 3);
  });
});

describe('options', () => {
  it('that are out of range are refused', () => {
    expect(() => euler({ timeShift: 0 })).toThrow(/time shift/);
    expect(() => ddim({ eta: -1 })).toThrow(/eta/);
    expect(() => ddpm({ respacing: 'all' })).toThrow(/respacing/);
    expect(() => dopri5({ relativeTolerance: 0 })).toThrow(/relativeTolerance/);
    expect(() => eulerMaruyama({ diffusionScale: -1 })).toThrow(/diffusionScale/);
    expect(() => stochasticHeun({ lastStepSize: 1 })).toThrow(/lastStepSize/);
    expect(() => eulerMaruyama({ lastStep: 'first' as 'mean' })).toThrow(/lastStep is one of mean/);
  });

  it('of respacing fix the number of steps', async () => {
    const generator = gaussian<'diffusion'>(diffusion());
    const sampler = ddpm({ respacing: '3,4' });
    expect((await draw(generator, { sampler })).evaluations).toBe(7);
    await expect(draw(generator, { sampler, steps: 8 })).rejects.toThrow(/respacing "3,4" has 7/);
    await expect(draw(generator, { sampler: 'ddpm', steps: 1001 })).rejects.toThrow(/has only 1000/);
  });
});
