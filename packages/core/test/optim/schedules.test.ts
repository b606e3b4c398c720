import { ArgumentError, scalar } from '@softvq/core';
import { constant, cosine, linear, linearWarmup, type Schedule, scaled, sequence } from '@softvq/core/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

async function valuesAt(schedule: Schedule, steps: readonly number[]): Promise<number[]> {
  return Promise.all(steps.map((step) => schedule(scalar(step)).item()));
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, each] of expected.entries()) expect(found[i]).toBeCloseTo(each, 6);
}

describe('schedules', () => {
  it('constant', async () => {
    expectClose(await valuesAt(constant(0.3), [0, 5]), [0.3, 0.3]);
  });

  it('linear goes from one value to another and stays', async () => {
    expectClose(await valuesAt(linear({ from: 2, to: 1, steps: 4 }), [0, 1, 4, 9]), [2, 1.75, 1, 1]);
  });

  it('linearWarmup rises to the peak and stays', async () => {
    expectClose(await valuesAt(linearWarmup({ peak: 3, warmupSteps: 4 }), [0, 1, 4, 5]), [0, 0.75, 3, 3]);
    expectClose(await valuesAt(linearWarmup({ peak: 3, warmupSteps: 0 }), [0, 5]), [3, 3]);
  });

  it('cosine warms up and falls along half a period', async () => {
    const schedule = cosine({ peak: 2, warmupSteps: 2, totalSteps: 6, final: 1 });
    const eighth = Math.SQRT1_2;
    expectClose(await valuesAt(schedule, [0, 1, 2, 3, 4, 5, 6, 7]), [
      0,
      1,
      2,
      1.5 + eighth / 2,
      1.5,
      1.5 - eighth / 2,
      1,
      1,
    ]);
    expectClose(await valuesAt(cosine({ peak: 2, totalSteps: 2 }), [0, 1, 2]), [2, 1, 0]);
  });

  it('sequence puts schedules one after the other, each counting from its start', async () => {
    const schedule = sequence([
      { schedule: linearWarmup({ peak: 1, warmupSteps: 2 }), steps: 2 },
      { schedule: constant(5), steps: 1 },
      { schedule: scaled(linear({ from: 1, to: 0, steps: 2 }), 10) },
    ]);
    expectClose(await valuesAt(schedule, [0, 1, 2, 3, 4, 5, 6]), [0, 0.5, 5, 10, 5, 0, 0]);
  });

  it('refuse step counts that make no sense', () => {
    expect(() => linear({ from: 0, to: 1, steps: 0 })).toThrow(ArgumentError);
    expect(() => linearWarmup({ peak: 1, warmupSteps: 1.5 })).toThrow(ArgumentError);
    expect(() => cosine({ peak: 1, warmupSteps: 5, totalSteps: 5 })).toThrow(ArgumentError);
    expect(() => sequence([])).toThrow(ArgumentError);
    expect(() => sequence([{ schedule: constant(1) }, { schedule: constant(2) }])).toThrow(ArgumentError);
  });
});
