import { ArgumentError, cast, compile, ShapeError, type Tensor, tensor, zeros } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import {
  type AdamState,
  adam,
  adamW,
  clipByGlobalNorm,
  ema,
  linear,
  type Optimizer,
  sgd,
} from '@softvq/core/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { readGolden } from '../nn/golden.js';
import { arbitrary, numbersOf, relativeError } from '../nn/numbers.js';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

interface Settings {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly decay: number;
  readonly decoupled: boolean;
}

/** The algorithm box of PyTorch's documentation, in float64. */
function torchAdam(
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  settings: Settings,
): number[] {
  const { lr, betas, epsilon, decay, decoupled } = settings;
  return start.map((first, i) => {
    let [p, m, v] = [first, 0, 0];
    for (const [step, gradient] of gradients.entries()) {
      let g = gradient[i]!;
      if (decoupled) p -= lr * decay * p;
      else g += decay * p;
      m = betas[0] * m + (1 - betas[0]) * g;
      v = betas[1] * v + (1 - betas[1]) * g * g;
      const corrected = m / (1 - betas[0] ** (step + 1));
      p -= (lr * corrected) / (Math.sqrt(v / (1 - betas[1] ** (step + 1))) + epsilon);
    }
    return p;
  });
}

describe('a step of training with adamW, clipping and an average', () => {
  it('gives the golden numbers of PyTorch', async () => {
    const golden = await readGolden('optim/adamw-clip-ema.safetensors');
    const optimizer = adamW({
      learningRate: linear({ from: 1e-2, to: 0, steps: 8 }),
      // The golden file's own: only with them is the error that of float32.
      betas: [0.9, 0.95],
      weightDecay: 0.05,
      groups: [{ match: (name) => name === 'p1', weightDecay: 0 }],
    });
    const average = ema(0.9);
    interface State {
      parameters: TensorRecord;
      state: AdamState;
      averages: TensorRecord;
    }
    const step = compile(
      ({ parameters, state, averages, gradients }: State & { gradients: TensorRecord }) => {
        const clipped = clipByGlobalNorm(gradients, 1);
        const next = optimizer.update(parameters, clipped.gradients, state);
        return { ...next, averages: average.update(averages, next.parameters), norm: clipped.norm };
      },
      { donate: ['parameters', 'state', 'averages'] },
    );
    const parameters = { p0: golden('p0.start'), p1: golden('p1.start') };
    let at: State = { parameters, state: optimizer.init(parameters), averages: average.init(parameters) };
    for (const i of [0, 1, 2, 3]) {
      const gradients = { g0: golden(`step${i}.g0`), g1: golden(`step${i}.g1`) };
      const next = await step({ ...at, gradients: { p0: gradients.g0, p1: gradients.g1 } });
      for (const [name, found] of [
        ['norm', next.norm],
        ['p0', next.parameters['p0']!],
        ['p1', next.parameters['p1']!],
        ['ema0', next.averages['p0']!],
        ['ema1', next.averages['p1']!],
      ] as const) {
        expect(await relativeError(found, golden(`step${i}.${name}`)), `step ${i}: ${name}`).toBeLessThan(
          1e-6,
        );
      }
      at = { parameters: next.parameters, state: next.state, averages: next.averages };
    }
    expect(await at.state.step.item()).toBe(4);
    expect(step.compilations).toBe(1);
  });
});

describe.each([
  ['adamW', adamW, true],
  ['adam', adam, false],
] as const)('%s', (_, make, decoupled) => {
  const settings = { lr: 0.03, betas: [0.8, 0.95], epsilon: 0.1, decay: 0.2, decoupled } as const;
  const gradients = [0, 1, 2, 3, 4].map((i) => arbitrary([6], i));

  it('follows the algorithm of PyTorch', async () => {
    const optimizer = make({ learningRate: 0.03, betas: [0.8, 0.95], epsilon: 0.1, weightDecay: 0.2 });
    const start = { w: arbitrary([6], 9) };
    const step = compile((at: { parameters: TensorRecord; gradients: TensorRecord; state: AdamState }) =>
      optimizer.update(at.parameters, at.gradients, at.state),
    );
    let at: { parameters: TensorRecord; state: AdamState } = {
      parameters: start,
      state: optimizer.init(start),
    };
    for (const w of gradients) at = await step({ ...at, gradients: { w } });
    const expected = torchAdam(
      await numbersOf(start.w),
      await Promise.all(gradients.map(numbersOf)),
      settings,
    );
    const error = await relativeError(at.parameters['w']!, tensor(expected, { dtype: 'float64' }));
    expect(error).toBeLessThan(1e-12);
    expect(at.parameters['w']!.dtype).toBe('float64');
  });

  it('works without memory of the past', async () => {
    const optimizer = make({ learningRate: 1, betas: [0, 0], epsilon: 0, weightDecay: 0 });
    const start = { w: tensor([5, 5]) };
    const next = optimizer.update(start, { w: tensor([0.5, -8]) }, optimizer.init(start));
    expect(await numbersOf(next.parameters['w']!)).toEqual([4, 6]);
  });
});

describe('bias corrections', () => {
  it.each([0, 1, 10, 1000, 100_000])('are right to float32 after %i updates', async (completed) => {
    const [beta1, beta2] = [0.9, 0.9999];
    const optimizer = adamW({ learningRate: 1, betas: [beta1, beta2], epsilon: 0, weightDecay: 0 });
    // The sums that gradients of 1 leave; with the corrections the update is then exactly the learning rate.
    const sumOf = (beta: number): number => (1 - beta ** completed) / (1 - beta);
    const state = {
      step: tensor(completed, { dtype: 'int32' }),
      first: { w: tensor([sumOf(beta1)]) },
      second: { w: tensor([sumOf(beta2)]) },
    };
    const next = optimizer.update({ w: tensor([0]) }, { w: tensor([1]) }, state);
    expect(await next.parameters['w']!.item()).toBeCloseTo(-1, 6);
  });
});

describe('parameter groups', () => {
  const start = { a: tensor([1]), b: tensor([1]), c: tensor([1]) };
  const gradients = { a: tensor([0]), b: tensor([0]), c: tensor([1]) };

  it('change decay and learning rate of what they match, the first one first', async () => {
    const optimizer = adamW({
      learningRate: 0.5,
      weightDecay: 0.1,
      groups: [
        { match: (name) => name === 'a', weightDecay: 0.4 },
        { match: (name, { rank }) => name !== 'b' && rank === 1, weightDecay: 0, learningRateScale: 0.5 },
        { match: () => true, learningRateScale: 0.1 },
      ],
    });
    const { parameters } = optimizer.update(start, gradients, optimizer.init(start));
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => parameters[name]!.item()));
    expect(a).toBeCloseTo(1 - 0.5 * 0.4, 6);
    expect(b).toBeCloseTo(1 - 0.05 * 0.1, 6);
    expect(c).toBeCloseTo(1 - 0.25, 6);
  });
});

describe('an optimiser', () => {
  const start = { a: zeros([2]), b: zeros([3]) };
  const optimizer = adamW({ learningRate: 0.1 });
  const state = optimizer.init(start);

  it('refuses records that do not fit the parameters', () => {
    expect(() => optimizer.update(start, { a: zeros([2]) }, state)).toThrow(ArgumentError);
    expect(() => optimizer.update(start, { a: zeros([2]) }, state)).toThrow('gradients has no "b"');
    expect(() => optimizer.update(start, { ...start, c: zeros([1]) }, state)).toThrow('gradients has "c"');
    expect(() => optimizer.update(start, { ...start, b: zeros([2]) }, state)).toThrow(ShapeError);
    expect(() => optimizer.update(start, start, { ...state, second: {} })).toThrow('state.second has no "a"');
  });

  it('refuses settings out of range', () => {
    expect(() => adamW({ learningRate: 1, betas: [0.9, 1] })).toThrow(ArgumentError);
    expect(() => adam({ learningRate: 1, betas: [-0.1, 0.9] })).toThrow(ArgumentError);
    expect(() => adam({ learningRate: 1, epsilon: -1 })).toThrow(ArgumentError);
    expect(() => ema(1)).toThrow(ArgumentError);
  });

  it('costs eleven elementwise operations a parameter, ten without decay', async () => {
    const count = async (weightDecay: number): Promise<number> => {
      const rule = adamW({ learningRate: linear({ from: 1, to: 0, steps: 9 }), weightDecay });
      const step = compile((at: { w: Tensor; g: Tensor; state: AdamState }) =>
        rule.update({ w: at.w }, { w: at.g }, at.state),
      );
      const w = zeros([7, 3]);
      const graph = await step.graph({ w, g: w, state: rule.init({ w }) });
      return graph.nodes.filter(({ shape, operation }) => shape.length === 2 && operation !== 'input').length;
    };
    expect(await count(0.1)).toBe(11);
    expect(await count(0)).toBe(10);
  });
});

describe('parameters of several kinds', () => {
  const numbers = (...shape: number[]) => cast(arbitrary(shape), 'float32');
  const parameters: TensorRecord = {
    'a.bias': numbers(3),
    'a.weight': numbers(2, 3),
    'b.bias': numbers(5),
    'b.scale': numbers(2),
    'c.bias': arbitrary([4]),
    'd.bias': numbers(1),
  };
  const optimizers = {
    adamW: adamW({
      learningRate: 0.1,
      groups: [{ match: (name) => name.endsWith('.bias'), weightDecay: 0 }],
    }),
    adam: adam({ learningRate: 0.1, weightDecay: 0.1 }),
    sgd: sgd({
      learningRate: 0.1,
      momentum: 0.5,
      groups: [{ match: (name) => name === 'b.bias', learningRateScale: 2 }],
    }),
  };

  it.each(Object.keys(optimizers) as (keyof typeof optimizers)[])(
    'are updated together by %s as each would be alone',
    async (name) => {
      const optimizer = optimizers[name] as Optimizer<{ readonly step: Tensor }>;
      const together = updatedTwice(optimizer, parameters);
      expect(Object.keys(together)).toEqual(Object.keys(parameters));
      for (const [each, parameter] of Object.entries(parameters)) {
        const alone = updatedTwice(optimizer, { [each]: parameter })[each]!;
        expect([together[each]!.dtype, together[each]!.shape]).toEqual([parameter.dtype, parameter.shape]);
        expect(await numbersOf(together[each]!)).toEqual(await numbersOf(alone));
      }
    },
  );

  it('have one average and one norm', async () => {
    const other = Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, each.mul(3)]));
    const average = ema(0.75).update(parameters, other);
    for (const [name, each] of Object.entries(parameters)) {
      expect(await relativeError(average[name]!, each.mul(1.5))).toBeLessThan(1e-6);
    }
    const all = (await Promise.all(Object.values(parameters).map(numbersOf))).flat();
    const { norm } = clipByGlobalNorm(parameters, 1);
    expect(await norm.item()).toBeCloseTo(Math.hypot(...all), 5);
  });
});

/** After two updates with gradients that differ from element to element. */
function updatedTwice(
  optimizer: Optimizer<{ readonly step: Tensor }>,
  parameters: TensorRecord,
): Record<string, Tensor> {
  const gradients = Object.fromEntries(
    Object.entries(parameters).map(([name, each]) => [name, each.square().sub(0.1)]),
  );
  const once = optimizer.update(parameters, gradients, optimizer.init(parameters));
  return optimizer.update(once.parameters, gradients, once.state).parameters;
}
