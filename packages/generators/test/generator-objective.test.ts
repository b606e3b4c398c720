import { cpu } from '@softvq/backends/cpu';
import {
  type Backend,
  compile,
  fromHost,
  type HostArray,
  type LossDraws,
  mapTree,
  memory,
  type Tensor,
  tensorsIn,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { type AdamState, adamW, clipByGlobalNorm } from '@softvq/core/optim';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DiT,
  GeneratorObjective,
  type GeneratorObjectiveOptions,
  type GeneratorTrainingState,
  type LatentTrainingBatch,
  MAR,
  SiT,
} from '../src/index.js';

const size = { width: 16, depth: 1, heads: 2 };
const shapes = { latentShape: [4, 3], classes: 2 } as const;
const models = {
  SiT: () => new SiT({ ...size, ...shapes }),
  DiT: () => new DiT({ ...size, ...shapes }),
  MAR: () =>
    new MAR({
      ...shapes,
      encoder: size,
      decoder: size,
      head: { width: 16, depth: 1 },
      buffer: 2,
      noisesPerToken: 2,
    }),
};

/** Latents that depend on their class. */
function batchOf(index: number, count = 4): LatentTrainingBatch {
  const noise = new RandomStream({ seed: 5, name: 'latents', index }).normal(count * 12);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const data = noise.map((each, i) => 0.2 * each + (labels[Math.floor(i / 12)]! === 0 ? 1 : -1));
  return {
    latents: fromHost({ dtype: 'float32', shape: [count, 4, 3], data }),
    labels: fromHost({ dtype: 'int32', shape: [count], data: labels }),
  };
}

async function elementsOf(tree: unknown): Promise<HostArray[]> {
  const all: HostArray[] = [];
  for (const each of tensorsIn(tree)) all.push(await each.data());
  return all;
}

/** A tree with tensors of its own, as if it had been saved and loaded. */
async function savedAndLoaded(state: GeneratorTrainingState): Promise<GeneratorTrainingState> {
  const hosts = new Map<Tensor, Tensor>();
  for (const each of tensorsIn(state)) {
    const { dtype, shape } = await each.host();
    hosts.set(each, fromHost({ dtype, shape, data: await each.data() }));
  }
  return mapTree(state, (each) => hosts.get(each)!);
}

describe('GeneratorObjective', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await cpu();
  });
  afterAll(() => backend.dispose());

  it.each(Object.keys(models) as (keyof typeof models)[])(
    'lowers the loss of a %s and keeps no memory from step to step',
    async (kind) => {
      const objective = new GeneratorObjective<SiT | DiT | MAR>(models[kind](), {
        optimizer: adamW({ learningRate: 1e-2, weightDecay: 0 }),
        averageDecay: 0.8,
        backend,
      });
      let state = objective.initialState();
      const measure = (average: boolean) =>
        objective.measure(state, held, { average, random: new RandomStream({ seed: 1, name: 'held-out' }) });
      const held = batchOf(1000, 16);
      const untrained = await measure(false);
      expect(await measure(true)).toBeCloseTo(untrained, 5);
      let afterOne = memory();
      for (let i = 0; i < 60; i++) {
        const batch = batchOf(i, 8);
        const { state: next, losses } = await objective.step(state, batch);
        state = next;
        for (const tensor of tensorsIn([batch, losses])) tensor.dispose();
        if (i === 0) afterOne = memory();
      }
      // Less, where what earlier tests left has been collected meanwhile.
      expect(memory().tensors).toBeLessThanOrEqual(afterOne.tensors);
      expect(memory().bytes).toBeLessThanOrEqual(afterOne.bytes);
      expect(await measure(false)).toBeLessThan(0.85 * untrained);
      expect(await measure(true)).toBeLessThan(0.85 * untrained);
      await objective.dispose();
      for (const tensor of tensorsIn([state, held])) tensor.dispose();
    },
  );

  it('makes two steps of two parts as they are made by hand', async () => {
    const optimizer = adamW({ learningRate: 1e-2, betas: [0.8, 0.9], weightDecay: 0.1 });
    const maximumGradientNorm = 0.3;
    const options = { optimizer, maximumGradientNorm, averageDecay: 0.6, accumulation: 2, seed: 9, backend };
    const objective = new GeneratorObjective(models.SiT(), options);
    const generator = models.SiT();
    interface Hand {
      readonly parameters: TensorRecord;
      readonly adam: AdamState;
      readonly average: TensorRecord;
      readonly parts: readonly { readonly batch: LatentTrainingBatch; readonly draws: LossDraws }[];
    }
    const byHand = compile(
      ({ parameters, adam, average, parts }: Hand) => {
        const results = parts.map(({ batch: { latents, labels }, draws }) =>
          valueAndGrad((variables: TensorRecord) => generator.with(variables).loss(latents, labels, draws))(
            parameters,
          ),
        );
        const names = Object.keys(parameters);
        const mean = Object.fromEntries(
          names.map((name) => [name, results[0]!.gradient[name]!.add(results[1]!.gradient[name]!).mul(0.5)]),
        );
        const { gradients, norm } = clipByGlobalNorm(mean, maximumGradientNorm);
        const updated = optimizer.update(parameters, gradients, adam);
        return {
          total: results[0]!.value.add(results[1]!.value).mul(0.5),
          norm,
          parameters: updated.parameters,
          adam: updated.state,
          average: Object.fromEntries(
            names.map((name) => [name, average[name]!.mul(0.6).add(updated.parameters[name]!.mul(0.4))]),
          ),
        };
      },
      { backend },
    );
    let state = objective.initialState();
    const first = generator.parameters();
    let hand = {
      parameters: first as TensorRecord,
      adam: optimizer.init(first),
      average: first as TensorRecord,
    };
    for (const step of [0, 1]) {
      const batch = batchOf(step);
      const random = new RandomStream({ seed: 9, name: 'generator-training', index: step });
      const parts = [0, 1].map((part) => ({
        batch: mapTree(batch, (each) => each.slice([{ start: part * 2, stop: part * 2 + 2 }])),
        draws: generator.drawLoss(2, random.child('part', part)),
      }));
      const result = await objective.step(state, batch);
      const wanted = await byHand({ ...hand, parts });
      state = result.state;
      hand = wanted;
      expect(await result.losses.total.item()).toBeCloseTo(await wanted.total.item(), 5);
      expect(await result.losses.gradientNorm.item()).toBeCloseTo(await wanted.norm.item(), 5);
    }
    const made = await elementsOf([state.parameters, state.average]);
    const wanted = await elementsOf([hand.parameters, hand.average]);
    for (const [i, elements] of wanted.entries()) {
      for (const [at, value] of elements.entries())
        expect(Number(made[i]![at])).toBeCloseTo(Number(value), 5);
    }
    await Promise.all([objective.dispose(), byHand.dispose()]);
  });

  it.each(['SiT', 'MAR'] as const)('goes on with a saved state of a %s bit for bit', async (kind) => {
    const train = async (steps: number, saveAt?: number) => {
      let objective = new GeneratorObjective<SiT | DiT | MAR>(models[kind](), { backend });
      let state = objective.initialState();
      for (let i = 0; i < steps; i++) {
        if (i === saveAt) {
          state = await savedAndLoaded(state);
          await objective.dispose();
          objective = new GeneratorObjective<SiT | DiT | MAR>(models[kind](), { backend });
        }
        state = (await objective.step(state, batchOf(i))).state;
      }
      expect(await objective.completedSteps(state)).toBe(steps);
      await objective.dispose();
      return elementsOf(state);
    };
    expect(await train(6, 3)).toEqual(await train(6));
  });

  it.each(Object.keys(models) as (keyof typeof models)[])(
    'makes several steps of a %s in one call as in many, bit by bit',
    async (kind) => {
      const make = () => new GeneratorObjective(models[kind](), { backend, seed: 3, averageDecay: 0.9 });
      const batches = [0, 1, 2].map((index) => batchOf(index));
      const many = make();
      let state = many.initialState();
      const losses: HostArray[] = [];
      for (const batch of batches) {
        const step = await many.step(state, batch);
        state = step.state;
        losses.push(...(await elementsOf(step.losses)));
      }
      const one = make();
      const together = await one.steps(one.initialState(), batches);
      expect(await elementsOf(together.losses)).toEqual(losses);
      expect(await elementsOf(together.state)).toEqual(await elementsOf(state));
      expect(await one.completedSteps(together.state)).toBe(3);
      await expect(one.steps(together.state, [])).rejects.toThrow(/at least one batch/);
      await Promise.all([many.dispose(), one.dispose()]);
    },
  );

  it('gives the generator of a state, and its average', async () => {
    const objective = new GeneratorObjective(models.SiT(), { averageDecay: 0.5, backend });
    const { state } = await objective.step(objective.initialState(), batchOf(0));
    const [current, average] = [false, true].map((each) =>
      objective.generatorOf(state, { average: each }).parameters(),
    );
    expect(current).toEqual(state.parameters);
    expect(average).toEqual(state.average);
    const without = new GeneratorObjective(models.SiT(), { averageDecay: null, backend });
    expect(() => without.generatorOf(without.initialState(), { average: true })).toThrow(
      /averageDecay was null/,
    );
    await expect(without.step(state, batchOf(0))).rejects.toThrow(/state is of another objective/);
    await Promise.all([objective.dispose(), without.dispose()]);
  });

  it.each<[GeneratorObjectiveOptions, RegExp]>([
    [{ accumulation: 0 }, /accumulation must be a whole number from 1, not 0/],
    [{ seed: -1 }, /seed must be a whole number from 0, not -1/],
    [{ maximumGradientNorm: 0 }, /maximumGradientNorm must be a number above 0/],
    [{ averageDecay: 1 }, /decay/],
  ])('refuses %j', (options, message) => {
    expect(() => new GeneratorObjective(models.SiT(), options)).toThrow(message);
  });

  it('refuses batches that do not fit', async () => {
    const objective = new GeneratorObjective(models.SiT(), { accumulation: 3, backend });
    const { latents, labels } = batchOf(0, 6);
    const state = objective.initialState();
    await expect(objective.step(state, batchOf(0))).rejects.toThrow(
      /batch of 4 does not divide into 3 parts/,
    );
    const narrow = latents.slice([{}, {}, { stop: 2 }]);
    await expect(objective.step(state, { latents: narrow, labels })).rejects.toThrow(
      /learns from latents \(batch, 4, 3\), not \[6, 4, 2\]/,
    );
    const few = labels.slice([{ stop: 2 }]);
    await expect(objective.step(state, { latents, labels: few })).rejects.toThrow(
      /labels of 6 latents must be int32 \[6\]/,
    );
    await objective.dispose();
  });
});
