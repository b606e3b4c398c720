import { compile, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import { Mlp, type TensorRecord, tracedRandom } from '@softvq/core/nn';
import { type AdamState, adamW, clipByGlobalNorm, cosine, ema } from '@softvq/core/optim';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersOf } from '../nn/numbers.js';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

interface Training {
  readonly parameters: TensorRecord;
  readonly state: AdamState;
  readonly average: TensorRecord;
}

describe('a training step as one graph', () => {
  const random = new RandomStream({ seed: 4, name: 'training' });
  const model = new Mlp(2, { hidden: 16, outputs: 1, dropout: 0.05, random: random.child('model') });
  const optimizer = adamW({
    learningRate: cosine({ peak: 0.02, warmupSteps: 5, totalSteps: 80 }),
    weightDecay: 1e-4,
    groups: [{ match: (_, { rank }) => rank < 2, weightDecay: 0 }],
  });
  const averaging = ema(0.9);

  const makeStep = () =>
    compile(
      ({ parameters, state, average, x, y }: Training & { x: Tensor; y: Tensor }) => {
        const dropout = tracedRandom({ seed: 1, step: state.step });
        const lossOf = (p: TensorRecord): Tensor => model.with(p).forward(x, dropout).sub(y).square().mean();
        const { value, gradient } = valueAndGrad(lossOf)(parameters);
        const { gradients, norm } = clipByGlobalNorm(gradient, 1);
        const next = optimizer.update(parameters, gradients, state);
        return { ...next, average: averaging.update(average, next.parameters), loss: value, norm };
      },
      { donate: ['parameters', 'state', 'average'] },
    );

  /** y = x₀ · x₁ on 64 points. */
  const points = random.child('data').uniform(128, { low: -1, high: 1 });
  const x = tensor(points, { shape: [64, 2] });
  const y = tensor(
    Float32Array.from({ length: 64 }, (_, i) => points[2 * i]! * points[2 * i + 1]!),
    { shape: [64, 1] },
  );

  const start = (): Training => {
    const parameters = model.with({}).parameters();
    const copies = Object.fromEntries(
      Object.entries(parameters).map(([name, each]) => [name, each.mul(1).add(0)]),
    );
    return { parameters: copies, state: optimizer.init(copies), average: averaging.init(copies) };
  };

  it('lowers the loss, of the averaged parameters too, and repeats itself exactly', async () => {
    const run = async () => {
      const step = makeStep();
      let at = start();
      const losses: number[] = [];
      for (let i = 0; i < 80; i++) {
        const { loss, norm, ...next } = await step({ ...at, x, y });
        losses.push(await loss.item());
        expect(await norm.item()).toBeGreaterThan(0);
        at = next;
      }
      expect(step.compilations).toBe(1);
      return { losses, at };
    };
    const { losses, at } = await run();
    expect(losses.at(-1)!).toBeLessThan(0.3 * losses[0]!);
    const averaged = model.with(at.average).forward(x).sub(y).square().mean();
    expect(await averaged.item()).toBeLessThan(0.3 * losses[0]!);
    const again = await run();
    expect(again.losses).toEqual(losses);
    expect(await numbersOf(again.at.parameters['fc1.weight']!)).toEqual(
      await numbersOf(at.parameters['fc1.weight']!),
    );
  });
});
