import { reference } from '@softvq/backends/reference';
import {
  ArgumentError,
  type DiffusionProcess,
  evaluate,
  setDefaultBackend,
  type Tensor,
  tensor,
} from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  logVarianceBounds,
  respacedDiffusion,
  trainingDiffusion,
} from '../src/diffusion/gaussian-diffusion.js';
import { diffusionLossTerms, minSnrWeights, noisedLatents } from '../src/diffusion/loss.js';
import { respacedLength, respacedTimesteps } from '../src/diffusion/respacing.js';
import { openGolden } from './golden.js';

const process = (
  schedule: 'linear' | 'cosine',
  variance: DiffusionProcess['variance'] = 'learned-range',
): DiffusionProcess => ({ kind: 'diffusion', schedule, trainingSteps: 1000, variance });

const close = (value: number, digits = 12) => expect.closeTo(value, digits);

/** Equal but for a relative error of 1e-12. */
function expectClose(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-12);
}

beforeAll(async () => {
  setDefaultBackend(await reference());
});

describe('tables', () => {
  it.each(['linear', 'cosine'] as const)('of the %s schedule are the golden ones', async (schedule) => {
    const golden = await openGolden('dit');
    const { betas, signal, posteriorLogVariance } = trainingDiffusion(process(schedule));
    const tables = {
      betas,
      alphas_cumprod: signal,
      posterior_log_variance_clipped: posteriorLogVariance,
    };
    for (const [name, actual] of Object.entries(tables)) {
      const { data } = await golden.tensor(`schedule.${schedule}.${name}`).host();
      for (const [i, value] of (data as Float64Array).entries()) {
        expect(Math.abs(actual[i]! / value - 1), `${name} ${i}`).toBeLessThan(1e-10);
      }
    }
    for (const respacing of ['10', 'ddim10']) {
      const map = Array.from(
        (await golden.tensor(`respace.${schedule}.${respacing}.timestep_map`).host()).data,
        Number,
      );
      const timesteps = respacedTimesteps(respacing, 1000);
      expect(timesteps).toEqual(map);
      const { data } = await golden.tensor(`respace.${schedule}.${respacing}.betas`).host();
      const respaced = respacedDiffusion(process(schedule), timesteps).betas;
      for (const [i, value] of (data as Float64Array).entries()) {
        expect(Math.abs(respaced[i]! / value - 1), `${respacing} ${i}`).toBeLessThan(1e-10);
      }
    }
  });

  it('have the published values', () => {
    const linear = trainingDiffusion(process('linear'));
    expectClose(linear.betas[1]!, 1.1991991991991993e-4);
    expectClose(linear.betas[500]!, 0.010059959959959959);
    expectClose(linear.betas[999]!, 0.02);
    expectClose(linear.signal[499]!, 0.07858724288177824);
    expectClose(linear.signal[999]!, 4.035829765375676e-5);
    const cosine = trainingDiffusion(process('cosine'));
    expectClose(cosine.betas[0]!, 4.128422482196914e-5);
    expectClose(cosine.betas[500]!, 0.003155691441585007);
    expectClose(cosine.betas[999]!, 0.999);
    expectClose(cosine.signal[499]!, 0.4938435904406382);
    expectClose(cosine.signal[998]!, 2.4287669070348544e-6);
  });

  it('have the published values when respaced', () => {
    const cosine250 = respacedDiffusion(process('cosine'), respacedTimesteps('250', 1000));
    expectClose(cosine250.betas[1]!, 2.1369723387476558e-4);
    expectClose(cosine250.betas[249]!, 0.9999374992411221);
    expect(Array.from(cosine250.posteriorLogVariance.slice(0, 2))).toEqual([
      close(-10.271626109313454),
      close(-10.271626109313454),
    ]);
    expectClose(cosine250.posteriorMeanData[1]!, 0.838101004513549);
    expectClose(cosine250.posteriorMeanLatents[1]!, 0.16189899438352565);
    const cosine100 = respacedDiffusion(process('cosine'), respacedTimesteps('100', 1000));
    expectClose(cosine100.betas[1]!, 6.798400685055217e-4);
    expectClose(cosine100.betas[99]!, 0.9999899991985922);
    expectClose(cosine100.posteriorLogVariance[0]!, -10.15394511055059);
    expectClose(cosine100.posteriorMeanData[1]!, 0.9427674281100751);
    const linear250 = respacedDiffusion(process('linear'), respacedTimesteps('250', 1000));
    expectClose(linear250.betas[1]!, 5.990655644756426e-4);
    expectClose(linear250.betas[249]!, 0.07751934499235003);
    expectClose(linear250.posteriorLogVariance[0]!, -9.364628159803084);
  });

  it('bound learned variances and fix the others', () => {
    const diffusion = trainingDiffusion(process('linear'));
    const { betas, posteriorVariance } = diffusion;
    const at = (variance: DiffusionProcess['variance'], step: number) => {
      const { low, high } = logVarianceBounds(diffusion, variance, step);
      return [Math.exp(low), Math.exp(high)];
    };
    expect(at('learned-range', 300)).toEqual([close(posteriorVariance[300]!), close(betas[300]!)]);
    expect(at('fixed-small', 300)).toEqual([close(posteriorVariance[300]!), close(posteriorVariance[300]!)]);
    expect(at('fixed-large', 300)).toEqual([close(betas[300]!), close(betas[300]!)]);
    expect(at('fixed-large', 0)).toEqual([close(posteriorVariance[1]!), close(posteriorVariance[1]!)]);
  });
});

describe('respacing', () => {
  it('spreads steps as published', () => {
    const even = respacedTimesteps('250', 1000);
    expect(even.slice(0, 8)).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
    expect(even.slice(120, 126)).toEqual([481, 485, 489, 493, 497, 502]);
    expect(even.slice(-4)).toEqual([987, 991, 995, 999]);
    const hundred = respacedTimesteps('100', 1000);
    expect(hundred.slice(0, 8)).toEqual([0, 10, 20, 30, 40, 50, 61, 71]);
    expect(hundred.slice(-4)).toEqual([969, 979, 989, 999]);
    expect(respacedTimesteps('ddim250', 1000).slice(-1)).toEqual([996]);
    expect(respacedTimesteps('ddim50', 1000).slice(0, 3)).toEqual([0, 20, 40]);
    expect(respacedTimesteps('ddim50', 1000).slice(-1)).toEqual([980]);
  });

  it('cuts the chain into sections', () => {
    const timesteps = respacedTimesteps('10,20,30', 1000);
    expect(timesteps.length).toBe(60);
    expect(timesteps[0]).toBe(0);
    expect(timesteps[9]).toBe(333);
    expect(timesteps[10]).toBe(334);
    expect(timesteps[29]).toBe(666);
    expect(timesteps[30]).toBe(667);
    expect(timesteps.at(-1)).toBe(999);
    expect(respacedLength('10,20,30')).toBe(60);
    expect(respacedTimesteps('1', 1000)).toEqual([0]);
  });

  it.each(['', '0', '-3', '1.5', '10,', 'ddim', 'ddim0', 'ddim10,10', 'all', ' 10'])(
    'refuses "%s"',
    (respacing) => {
      expect(() => respacedTimesteps(respacing, 1000)).toThrow(ArgumentError);
    },
  );

  it('refuses more steps than there are, and strides that do not exist', () => {
    expect(() => respacedTimesteps('1001', 1000)).toThrow(/1001 steps do not fit a section of 1000/);
    expect(() => respacedTimesteps('1,400,1', 1000)).toThrow(/400 steps do not fit a section of 333/);
    expect(() => respacedTimesteps('ddim300', 1000)).toThrow(/no whole stride/);
  });
});

describe('the loss', () => {
  const data = tensor([
    [0.3, -0.2, 0.9995],
    [-1.2, 0.1, 0.4],
  ]);
  const noise = tensor([
    [0.5, -0.5, 1],
    [0.2, 1.5, -1],
  ]);

  it('shows the network data and noise in the shares of the schedule', async () => {
    const shown = noisedLatents(process('linear'), {
      data,
      noise,
      timesteps: tensor([0, 999], { dtype: 'int32' }),
    });
    const { signal } = trainingDiffusion(process('linear'));
    const [[first], [, second]] = (await shown.array()) as [number[], number[]];
    expect(first).toBeCloseTo(Math.sqrt(signal[0]!) * 0.3 + Math.sqrt(1 - signal[0]!) * 0.5, 6);
    expect(second).toBeCloseTo(Math.sqrt(signal[999]!) * 0.1 + Math.sqrt(1 - signal[999]!) * 1.5, 6);
  });

  it('is nothing for the true noise and the true variance but at the first timestep', async () => {
    const learned = process('cosine');
    const timesteps = tensor([1, 700], { dtype: 'int32' });
    // The lower bound of the variance is the posterior's.
    const prediction = tensor([
      [0.5, -0.5, 1, -1, -1, -1],
      [0.2, 1.5, -1, -1, -1, -1],
    ]);
    const { squaredError, variational } = diffusionLossTerms(learned, { data, noise, timesteps }, prediction);
    await evaluate(squaredError, variational!);
    expect(await squaredError.array()).toEqual([0, 0]);
    for (const bits of (await variational!.array()) as number[]) expect(Math.abs(bits)).toBeLessThan(1e-6);
  });

  it('has no bound where variances are fixed', () => {
    const fixed = process('cosine', 'fixed-small');
    const timesteps = tensor([1, 700], { dtype: 'int32' });
    expect(diffusionLossTerms(fixed, { data, noise, timesteps }, noise).variational).toBeUndefined();
  });

  it('weights by the signal-to-noise ratio', async () => {
    const linear = process('linear');
    const timesteps = tensor([0, 100, 999], { dtype: 'int32' });
    const weights = (await (minSnrWeights(linear, timesteps, 5) as Tensor).array()) as number[];
    const { signal } = trainingDiffusion(linear);
    const expected = [0, 100, 999].map((i) => {
      const ratio = signal[i]! / (1 - signal[i]!);
      return Math.min(ratio, 5) / ratio;
    });
    expect(weights).toEqual(expected.map((each) => close(each, 5)));
    expect(expected[0]).toBeLessThan(0.001);
    expect(expected[2]).toBe(1);
  });
});
