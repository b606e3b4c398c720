import { type Backend, setDefaultBackend, tensor } from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { estimatesOf } from '../src/interpolant/conversions.js';
import { pathAt } from '../src/interpolant/path.js';
import { tolerance } from './golden/figure.js';
import { relativeError } from './golden/golden-file.js';
import { samplerCases, sitLossFigures, sitSamplingFigures } from './golden/sit.js';
import { backends, expectFigures, openGolden } from './golden.js';

describe.each(backends)('SiT on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('samples every golden case', async () => {
    const golden = await openGolden('sit-samplers');
    const cases = samplerCases(golden);
    expect(cases.length).toBe(7);
    for (const path of ['linear', 'cosine']) {
      const numbers = [...cases.keys()].filter((number) => cases[number]!.path === path);
      expectFigures(await sitSamplingFigures(golden, numbers, backend), numbers.length);
    }
  });

  it.each(['linear', 'cosine'] as const)('computes the golden losses of the %s path', async (path) => {
    const golden = await openGolden('sit');
    for (const times of ['uniform', 'lognormal'] as const) {
      expectFigures(await sitLossFigures(golden, { path, times }, backend));
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
