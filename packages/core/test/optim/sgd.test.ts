import { ArgumentError, tensor } from '@softvq/core';
import { sgd } from '@softvq/core/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from '../nn/numbers.js';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

async function run(options: Parameters<typeof sgd>[0], gradients: readonly number[]): Promise<number> {
  const optimizer = sgd(options);
  let parameters = { w: tensor([1]) } as Record<string, ReturnType<typeof tensor>>;
  let state = optimizer.init(parameters);
  for (const gradient of gradients) {
    ({ parameters, state } = optimizer.update(parameters, { w: tensor([gradient]) }, state));
  }
  expect(await state.step.item()).toBe(gradients.length);
  return (await numbersOf(parameters['w']!))[0]!;
}

describe('sgd', () => {
  it('goes down the gradient', async () => {
    expect(await run({ learningRate: 0.5 }, [1, 2])).toBeCloseTo(1 - 0.5 - 1, 6);
  });

  it('gathers momentum', async () => {
    // Momentum 0.5: the sums are 1, then 2.5.
    expect(await run({ learningRate: 0.1, momentum: 0.5 }, [1, 2])).toBeCloseTo(1 - 0.1 - 0.25, 6);
  });

  it('looks ahead with Nesterov', async () => {
    // Directions are 1 + 0.5 · 1, then 2 + 0.5 · 2.5.
    expect(await run({ learningRate: 0.1, momentum: 0.5, nesterov: true }, [1, 2])).toBeCloseTo(
      1 - 0.15 - 0.325,
      6,
    );
  });

  it('decays weights through the gradient, by group', async () => {
    expect(await run({ learningRate: 0.1, weightDecay: 0.2 }, [0])).toBeCloseTo(1 - 0.02, 6);
    const groups = [{ match: (name: string) => name === 'w', weightDecay: 0.5, learningRateScale: 2 }];
    expect(await run({ learningRate: 0.1, weightDecay: 0.2, groups }, [0])).toBeCloseTo(1 - 0.1, 6);
  });

  it('refuses momentum that grows', () => {
    expect(() => sgd({ learningRate: 0.1, momentum: 1 })).toThrow(ArgumentError);
  });
});
