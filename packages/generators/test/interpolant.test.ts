import { cpu } from '@softvq/backends/cpu';
import { type InterpolantProcess, setDefaultBackend, tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { estimatesOf } from '../src/interpolant/conversions.js';
import { diffusionCoefficient } from '../src/interpolant/diffusion-coefficient.js';
import { drawTrainingTimes, type TrainingTimesOptions } from '../src/interpolant/draw-times.js';
import { interpolantLoss, interpolated } from '../src/interpolant/loss.js';
import { pathAt } from '../src/interpolant/path.js';
import { shiftTime } from '../src/interpolant/time-shift.js';
import { stochasticIntervals } from '../src/samplers/stochastic.js';
import { SiT } from '../src/sit.js';
import { recordedRandom } from './recorded-random.js';

beforeAll(async () => {
  setDefaultBackend(await cpu());
});

const paths = ['linear', 'cosine', 'variance-preserving'] as const;
const predictions = ['velocity', 'noise', 'score'] as const;
const interpolant = (
  path: InterpolantProcess['path'],
  prediction: InterpolantProcess['prediction'],
): InterpolantProcess => ({ kind: 'interpolant', path, prediction });

describe.each(paths)('the %s path', (path) => {
  it('leads from data to noise at the rates it says', () => {
    const start = pathAt(path, 1e-9);
    expect([start.alpha, start.sigma]).toEqual([expect.closeTo(1, 4), expect.closeTo(0, 4)]);
    const end = pathAt(path, 1);
    expect([end.alpha, end.sigma]).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 4)]);
    const step = 1e-6;
    for (const t of [0.1, 0.5, 0.93]) {
      const [before, at, after] = [pathAt(path, t - step), pathAt(path, t), pathAt(path, t + step)];
      expect((after.alpha - before.alpha) / (2 * step)).toBeCloseTo(at.alphaRate, 6);
      expect((after.sigma - before.sigma) / (2 * step)).toBeCloseTo(at.sigmaRate, 6);
    }
  });

  it.each(predictions)('gives all quantities from the %s', (prediction) => {
    const [data, noise] = [0.8, -1.3];
    for (const t of [0.05, 0.4, 0.9]) {
      const { alpha, sigma, alphaRate, sigmaRate } = pathAt(path, t);
      const truth = {
        velocity: alphaRate * data + sigmaRate * noise,
        data,
        noise,
        score: -noise / sigma,
      };
      const latents = alpha * data + sigma * noise;
      const estimates = estimatesOf(prediction, pathAt(path, t));
      for (const name of ['velocity', 'data', 'noise', 'score'] as const) {
        const { latents: x, prediction: p } = estimates[name];
        expect(x * latents + p * truth[prediction], `${name} at ${t}`).toBeCloseTo(truth[name], 8);
      }
    }
  });

  it.each(predictions)('has no loss where the %s is predicted rightly', async (prediction) => {
    const random = new RandomStream({ seed: 1, name: 'loss' });
    const options = { times: 'lognormal', timeShift: 1, weighting: 'none' } as const;
    const at = drawTrainingTimes(interpolant(path, prediction), 3, random, options);
    const data = tensor(random.normal(3 * 8), { shape: [3, 2, 4] });
    const noise = tensor(random.normal(3 * 8), { shape: [3, 2, 4] });
    const column = (name: keyof typeof at) => at[name].reshape([3, 1, 1]);
    const target = data.mul(column('targetData')).add(noise.mul(column('targetNoise')));
    const right = target.div(column('outputFactor'));
    const losses = (await interpolantLoss({ data, noise, at }, right).array()) as number[];
    for (const loss of losses) expect(loss).toBeLessThan(1e-10);
    // Off by one everywhere: the square of what the prediction is multiplied by.
    const factors = (await at.outputFactor.array()) as number[];
    const off = (await interpolantLoss({ data, noise, at }, right.add(1)).array()) as number[];
    for (const [i, loss] of off.entries()) expect(loss / factors[i]! ** 2).toBeCloseTo(1, 3);
    const shown = (await interpolated({ data, noise, at }).data()) as Float32Array;
    const times = (await at.times.array()) as number[];
    const [x, e] = [await data.data(), await noise.data()];
    for (const i of [0, 9, 23]) {
      const { alpha, sigma } = pathAt(path, times[Math.floor(i / 8)]!);
      expect(shown[i]).toBeCloseTo(alpha * Number(x[i]) + sigma * Number(e[i]), 5);
    }
  });
});

describe('diffusion coefficients', () => {
  it('are those of the forms', () => {
    const t = 0.3;
    const point = pathAt('cosine', t);
    const of = (form: Parameters<typeof diffusionCoefficient>[0]) =>
      diffusionCoefficient(form, 0.5, t, point);
    expect(of('constant')).toBe(0.5);
    expect(of('sigma')).toBeCloseTo(0.5 * Math.sin((Math.PI / 2) * t), 12);
    expect(of('linear')).toBeCloseTo(0.15, 12);
    expect(of('decreasing')).toBeCloseTo(0.25 * (0.5 * Math.cos(Math.PI * 0.7) + 1) ** 2, 12);
    expect(of('increasing-decreasing')).toBeCloseTo(0.5 * Math.sin(Math.PI * 0.7) ** 2, 12);
  });

  it('of score-based models are half the rate on the variance-preserving path', () => {
    for (const t of [0.01, 0.5, 1]) {
      const rate = 0.1 + 19.9 * t;
      expect(diffusionCoefficient('sbdm', 1, t, pathAt('variance-preserving', t))).toBeCloseTo(rate / 2, 8);
    }
  });
});

describe('times', () => {
  const times = async (
    process: InterpolantProcess,
    numbers: readonly number[],
    options: Partial<TrainingTimesOptions>,
  ): Promise<number[]> => {
    const recorded = [Float32Array.from(numbers)];
    const random = recordedRandom({ uniform: recorded, normal: recorded });
    const all = { times: 'uniform', timeShift: 1, weighting: 'none', ...options } as const;
    return (await drawTrainingTimes(process, numbers.length, random, all).times.array()) as number[];
  };

  it('of training follow the distribution that was asked for', async () => {
    const linear = interpolant('linear', 'velocity');
    expect(await times(linear, [0.25, 0.5], {})).toEqual([0.25, 0.5]);
    const logistic = (n: number) => expect.closeTo(1 / (1 + Math.exp(-n)), 6);
    expect(await times(linear, [-1, 0, 2], { times: 'lognormal' })).toEqual([-1, 0, 2].map(logistic));
    const cosine = await times(interpolant('cosine', 'velocity'), [-1, 0, 2], { times: 'lognormal' });
    expect(cosine).toEqual([-1, 0, 2].map((n) => expect.closeTo((2 / Math.PI) * Math.atan(Math.exp(n)), 6)));
    expect(await times(linear, [0.5], { timeShift: 3 })).toEqual([0.75]);
    expect(await times(interpolant('linear', 'noise'), [0], {})).toEqual([expect.closeTo(1e-3, 9)]);
  });

  it('are shifted without moving the ends', () => {
    expect([0, 1].map((t) => shiftTime(t, 4))).toEqual([0, 1]);
    expect(shiftTime(0.5, 1)).toBe(0.5);
    expect(shiftTime(shiftTime(0.3, 4), 1 / 4)).toBeCloseTo(0.3, 12);
  });

  it('of stochastic samplers are the published grid', () => {
    const task = { process: interpolant('linear', 'velocity'), steps: 250 };
    const options = {
      timeShift: 1,
      diffusion: 'linear',
      diffusionScale: 1,
      lastStep: 'mean',
      lastStepSize: 0.04,
    } as const;
    const intervals = stochasticIntervals(task as Parameters<typeof stochasticIntervals>[0], options);
    const grid = intervals.map(({ time }) => time);
    expect(grid.length).toBe(250);
    expect(grid.slice(0, 3)).toEqual([1, 0.99614458, 0.99228916].map((each) => expect.closeTo(each, 8)));
    expect(grid.slice(-2)).toEqual([0.04385542, 0.04].map((each) => expect.closeTo(each, 8)));
    expect(intervals[0]!.step).toBeCloseTo(-0.0038554216867469878, 12);
    expect(intervals.at(-1)!.step).toBe(-0.04);
  });
});

describe('the loss of a new SiT', () => {
  it('is the mean square of the velocity, since it predicts nothing yet', async () => {
    const sit = new SiT({ latentShape: [8, 16], width: 8, depth: 1, heads: 1, classes: 2 });
    const random = new RandomStream({ seed: 4, name: 'data' });
    const data = tensor(random.normal(64 * 128), { shape: [64, 8, 16] });
    const labels = tensor(random.integers(64, { high: 2 }));
    const loss = await sit.loss(data, labels, sit.drawLoss(64, random)).item();
    // Data and noise of variance 1: the mean over 8192 numbers is 2 within five standard errors.
    expect(Math.abs(loss - 2)).toBeLessThan((5 * 2 * Math.SQRT2) / Math.sqrt(8192));
  });

  it('wants all draws, and says so', () => {
    const sit = new SiT({ latentShape: [2, 2], width: 8, depth: 1, heads: 1, classes: 2 });
    const { noise: _, ...draws } = sit.drawLoss(1, new RandomStream({ seed: 0, name: 'loss' }));
    const data = tensor(new Float32Array(4), { shape: [1, 2, 2] });
    expect(() => sit.loss(data, tensor(Int32Array.of(0)), draws)).toThrow(/needs the draws times.*noise/);
  });

  it('refuses options that are unknown', () => {
    const size = { latentShape: [2, 2], width: 8, depth: 1, heads: 1 } as const;
    expect(() => new SiT({ ...size, path: 'straight' as 'linear' })).toThrow(/path is one of linear/);
    expect(() => new SiT({ ...size, prediction: 'data' as 'noise' })).toThrow(/prediction is one of/);
    expect(() => new SiT({ ...size, timeShift: -1 })).toThrow(/time shift/);
  });
});
