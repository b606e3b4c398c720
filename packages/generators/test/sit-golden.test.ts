import {
  type Backend,
  compile,
  type LossDraws,
  type RandomSource,
  setDefaultBackend,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimatesOf } from '../src/interpolant/conversions.js';
import { pathAt } from '../src/interpolant/path.js';
import { euler, eulerMaruyama, heun } from '../src/samplers/index.js';
import { SiT, type SiTOptions } from '../src/sit.js';
import { collect } from './collect.js';
import { backends, disposeAll, type Golden, openGolden, relativeError, tolerance } from './golden.js';
import { recordedImages, recordedRandom } from './recorded-random.js';

interface SamplerCase {
  readonly mode: 'ode' | 'sde';
  readonly path: 'linear' | 'cosine';
  readonly cfg: number;
  readonly guidance_low: number;
  readonly guidance_high: number;
  readonly heun: boolean;
  readonly steps: number;
}

function goldenSiT({ config, group }: Golden, options: Partial<SiTOptions>): SiT {
  const sit = new SiT({
    latentShape: [config['input_size']!, config['in_channels']!],
    width: config['hidden_size']!,
    depth: config['depth']!,
    heads: config['num_heads']!,
    classes: config['num_classes']!,
    ...options,
  });
  sit.loadStateDict(group('weight.'));
  return sit;
}

describe.each(backends)('SiT on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('samples every golden case', async () => {
    const golden = await openGolden('sit-samplers');
    const cases = JSON.parse(golden.metadata['cases']!) as SamplerCase[];
    const labels = Array.from((await golden.tensor('input.y').host()).data, Number);
    const { data: noise } = await golden.tensor('input.z').host();
    const models = {
      linear: goldenSiT(golden, { path: 'linear' }),
      cosine: goldenSiT(golden, { path: 'cosine' }),
    };
    expect(cases.length).toBe(7);
    for (const [i, each] of cases.entries()) {
      const draws = await golden.draws(`case${i}.`);
      const { latents } = await collect(
        models[each.path].sample({
          labels,
          steps: each.steps,
          sampler: each.mode === 'sde' ? eulerMaruyama() : each.heun ? heun() : euler(),
          guidance: { scale: each.cfg, interval: [each.guidance_low, each.guidance_high] },
          random: recordedImages([noise, ...draws], labels.length),
          backend,
        }),
      );
      const error = await relativeError(latents, golden.tensor(`case${i}.output`));
      expect(error, `case ${i}`).toBeLessThan(tolerance.loop);
      latents.dispose();
    }
    await models.linear.dispose();
    await models.cosine.dispose();
  });

  it.each(['linear', 'cosine'] as const)('computes the golden losses of the %s path', async (path) => {
    const golden = await openGolden('sit');
    for (const times of ['uniform', 'lognormal'] as const) {
      const sit = goldenSiT(golden, { path, times });
      const prefix = `loss.${path}.${times}.`;
      const [time, noise] = await golden.draws(prefix);
      const kept = new Float32Array(3).fill(0.5);
      const source: RandomSource = recordedRandom(
        times === 'uniform'
          ? { uniform: [time!, kept], normal: [noise!] }
          : { uniform: [kept], normal: [time!, noise!] },
      );
      const train = compile(
        ({ parameters, ...input }: { parameters: TensorRecord; labels: Tensor; draws: LossDraws }) =>
          valueAndGrad((p: TensorRecord) =>
            sit.with(p).loss(golden.tensor('input.x'), input.labels, input.draws),
          )(parameters),
        { backend },
      );
      const labels = tensor(Int32Array.from((await golden.tensor('input.y').host()).data, Number));
      const result = await train({ parameters: sit.parameters(), labels, draws: sit.drawLoss(3, source) });
      const perSample = (await golden.tensor(`${prefix}per_sample`).host()).data as Float32Array;
      const expected = perSample.reduce((sum, each) => sum + each, 0) / 3;
      expect(Math.abs((await result.value.item()) / expected - 1)).toBeLessThan(tolerance.output);
      for (const [name, gradient] of golden.group(`${prefix}grad.`)) {
        const error = await relativeError(result.gradient[name]!, gradient);
        expect(error, name).toBeLessThan(tolerance.gradient);
      }
      disposeAll(result);
      await train.dispose();
    }
  });
});

describe('conversions', () => {
  it.each(['linear', 'cosine'] as const)('give the golden scores of the %s path', async (path) => {
    const golden = await openGolden('sit-samplers');
    const numbers = async (name: string) =>
      (await golden.tensor(`score.${path}.${name}`).host()).data as Float32Array;
    const [x, v, t] = [await numbers('x'), await numbers('v'), await numbers('t')];
    const scores = x.map((each, i) => {
      const { score } = estimatesOf('velocity', pathAt(path, t[Math.floor(i / 20)]!));
      return score.latents * each + score.prediction * v[i]!;
    });
    const actual = tensor(scores, { shape: [3, 4, 5] });
    expect(await relativeError(actual, golden.tensor(`score.${path}.out`))).toBeLessThan(tolerance.output);
  });

  it('give the published scores', () => {
    const score = (path: 'linear' | 'cosine', t: number): number => {
      const { latents, prediction } = estimatesOf('velocity', pathAt(path, t)).score;
      return latents * -0.7 + prediction * 0.3;
    };
    expect([1, 0.5, 0.04].map((t) => score('linear', t))).toEqual(
      [0.7, 1.1, 10.3].map((each) => expect.closeTo(each, 12)),
    );
    expect([1, 0.5, 0.04].map((t) => score('cosine', t))).toEqual(
      [0.7, 0.5090140682897256, -2.3356344561163533].map((each) => expect.closeTo(each, 12)),
    );
  });
});
