import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import { type Backend, compile, memory, setDefaultBackend, type Tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { type AdamState, clipByGlobalNorm, ema } from '@softvq/core/optim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entropyLoss, hingeDiscriminatorLoss, hingeGeneratorLoss } from '../../src/losses/index.js';
import {
  entropyTerm,
  type LossTerm,
  reconstructionTerm,
  TokenizerObjective,
  type TokenizerObjectiveOptions,
  type TokenizerStep,
  type TokenizerTrainingState,
  tokenizerOptimizer,
} from '../../src/objective/index.js';
import type { SoftVQ } from '../../src/softvq.js';
import {
  bufferlessDiscriminator,
  elementsOf,
  numbersOf,
  savedAndLoaded,
  tinyDiscriminator,
  tinyImages,
  tinyTokenizer,
} from './tiny.js';

const plain = { augmentation: null, lecam: 0 } as const;

describe('TokenizerObjective', () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await cpu();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it('lowers the losses without any other network', async () => {
    const objective = new TokenizerObjective(tinyTokenizer(), {
      optimizer: tokenizerOptimizer({ learningRate: 3e-3 }),
      averageDecay: 0.9,
    });
    let state = objective.initialState();
    const images = tinyImages();
    const errors: number[] = [];
    for (let i = 0; i < 60; i++) {
      const result = await objective.step(state, images);
      state = result.state;
      expect(result.losses.discriminator).toBeUndefined();
      errors.push((await numbersOf(result.losses.generator))['reconstruction']!);
    }
    expect(errors.at(-1)!).toBeLessThan(errors[0]! / 4);
    for (const average of [false, true]) {
      const trained = objective.tokenizerOf(state, { average });
      const error = await trained.reconstruct(images).sub(images).square().mean().item();
      expect(error).toBeLessThan(errors[0]! / 3);
    }
    await objective.dispose();
  });

  it('makes two steps as they are made by hand', async () => {
    const start = 2;
    const objective = new TokenizerObjective(tinyTokenizer(), {
      losses: { reconstruction: reconstructionTerm({ norm: 'l1' }), entropy: entropyTerm({ weight: 0.05 }) },
      adversarial: { discriminator: tinyDiscriminator(), weight: 0.3, start, ...plain },
      averageDecay: 0.5,
    });
    const optimizer = tokenizerOptimizer();
    const tokenizer = tinyTokenizer();
    const discriminator = tinyDiscriminator();

    const byHand = compile(
      ({
        networks: { parameters, adam, average, judge, buffers, adamOfJudge },
        images,
        adversarial,
      }: ByHand) => {
        let reconstruction = images;
        let moved = buffers;
        const generator = valueAndGrad((variables: TensorRecord) => {
          const model = tokenizer.with(variables);
          const { latents, logits } = model.quantized(images);
          reconstruction = model.decode(latents);
          const own = reconstruction.sub(images).abs().mean().add(entropyLoss(logits).mul(0.05));
          if (!adversarial) return own;
          const judged = discriminator.with({ ...judge, ...buffers }).train(reconstruction);
          moved = judged.buffers;
          return own.add(hingeGeneratorLoss(judged.logits).mul(0.3));
        })(parameters);
        const clipped = clipByGlobalNorm(generator.gradient, 1);
        const next = optimizer.update(parameters, clipped.gradients, adam);
        const ofJudge = valueAndGrad((variables: TensorRecord) => {
          const real = discriminator.with({ ...variables, ...moved }).train(images);
          const fake = discriminator.with({ ...variables, ...real.buffers }).train(reconstruction);
          moved = fake.buffers;
          return hingeDiscriminatorLoss(real.logits, fake.logits).mul(adversarial ? 0.3 : 0);
        })(judge);
        const clippedOfJudge = clipByGlobalNorm(ofJudge.gradient, 1);
        const nextJudge = optimizer.update(judge, clippedOfJudge.gradients, adamOfJudge);
        return {
          parameters: next.parameters,
          adam: next.state,
          average: ema(0.5).update(average, next.parameters),
          judge: nextJudge.parameters,
          buffers: moved,
          adamOfJudge: nextJudge.state,
        };
      },
      { backend },
    );
    let networks: Networks = {
      parameters: tokenizer.parameters(),
      adam: optimizer.init(tokenizer.parameters()),
      average: ema(0.5).init(tokenizer.parameters()),
      judge: discriminator.parameters(),
      buffers: discriminator.buffers(),
      adamOfJudge: optimizer.init(discriminator.parameters()),
    };
    let state = objective.initialState();
    for (let i = 0; i < 3; i++) {
      const images = tinyImages(i);
      ({ state } = await objective.step(state, images));
      networks = await byHand({ networks, images, adversarial: i + 1 >= start });
      expect(await objective.completedSteps(state)).toBe(i + 1);
      const { generator, discriminator: judged } = state;
      await expectSame(generator.parameters, networks.parameters);
      await expectSame(generator.optimizer.second, networks.adam.second);
      await expectSame(generator.average!, networks.average);
      await expectSame(judged!.parameters, networks.judge);
      await expectSame(judged!.buffers, networks.buffers);
      await expectSame(judged!.optimizer.first, networks.adamOfJudge.first);
    }
    await byHand.dispose();
    await objective.dispose();
  });

  it('resumes from a saved state bit by bit, with everything switched on', async () => {
    const make = () =>
      new TokenizerObjective(tinyTokenizer(), {
        adversarial: everything(),
        accumulation: 2,
        seed: 7,
        backend,
      });
    const first = make();
    const half = await run(first, first.initialState(), 0, 2);
    const saved = await savedAndLoaded(half.state);
    const whole = await run(first, half.state, 2, 4);
    const second = make();
    const resumed = await run(second, saved, 2, 4);
    expect(await elementsOf(resumed.state)).toEqual(await elementsOf(whole.state));
    expect(await elementsOf(resumed.losses)).toEqual(await elementsOf(whole.losses));
    expect(await second.completedSteps(resumed.state)).toBe(4);
    await first.dispose();
    await second.dispose();
  });

  it.each(['alone', 'with a discriminator'])(
    'makes several steps %s in one call as in many, bit by bit',
    async (kind) => {
      const make = () =>
        new TokenizerObjective(tinyTokenizer(), {
          ...(kind === 'alone' ? {} : { adversarial: everything() }),
          seed: 7,
          backend,
        });
      const many = make();
      const stepped = await run(many, many.initialState(), 0, 3);
      const one = make();
      const batches = [0, 1, 2].map((index) => tinyImages(index));
      const together = await one.steps(one.initialState(), batches);
      expect(await elementsOf(together.state)).toEqual(await elementsOf(stepped.state));
      expect(await elementsOf(together.losses.at(-1))).toEqual(await elementsOf(stepped.losses));
      expect(together.losses).toHaveLength(3);
      expect(await one.completedSteps(together.state)).toBe(3);
      await expect(one.steps(together.state, [])).rejects.toThrow(/at least one batch/);
      await Promise.all([many.dispose(), one.dispose()]);
    },
  );

  it('draws other numbers with another seed', async () => {
    const states = await Promise.all(
      [1, 2].map(async (seed) => {
        const objective = new TokenizerObjective(tinyTokenizer(), {
          adversarial: { ...everything(), start: 1, adaptive: false },
          seed,
          backend,
        });
        const { losses } = await run(objective, objective.initialState(), 0, 1);
        await objective.dispose();
        return numbersOf(losses.discriminator!);
      }),
    );
    expect(states[0]!['realLogits']).not.toBe(states[1]!['realLogits']);
  });

  it('moves only statistics and means of the discriminator before its start', async () => {
    const objective = new TokenizerObjective(tinyTokenizer(), {
      adversarial: { discriminator: tinyDiscriminator(), start: 3 },
    });
    const initial = await savedAndLoaded(objective.initialState());
    const before = await run(objective, objective.initialState(), 0, 2);
    expect(Object.keys(before.losses.generator)).toEqual([
      'total',
      'reconstruction',
      'entropy',
      'gradientNorm',
    ]);
    expect(await numbersOf(before.losses.discriminator!)).toMatchObject({ total: 0, gradientNorm: 0 });
    const [start, then] = [initial.discriminator!, before.state.discriminator!];
    // Without gradient a matrix only decays: by 1e-4 · 1e-4 a step.
    const kept = (await elementsOf(start.parameters)).map((each) => [...each]);
    for (const [i, each] of (await elementsOf(then.parameters)).entries()) {
      for (const [j, value] of [...each].entries()) expect(Number(value)).toBeCloseTo(Number(kept[i]![j]), 7);
    }
    expect(await elementsOf(then.optimizer.first)).toEqual(await elementsOf(start.optimizer.first));
    const names = Object.keys(start.buffers);
    expect(names).toEqual(['main.3.running_mean', 'main.3.running_var']);
    for (const name of names) {
      expect(await then.buffers[name]!.data()).not.toEqual(await start.buffers[name]!.data());
    }
    expect(await then.lecam!.real.item()).not.toBe(0);

    const parameters = await elementsOf(then.parameters);
    const after = await run(objective, before.state, 2, 3);
    expect(Object.keys(after.losses.generator)).toContain('adversarial');
    expect((await numbersOf(after.losses.discriminator!))['gradientNorm']).toBeGreaterThan(0);
    expect(await elementsOf(after.state.discriminator!.parameters)).not.toEqual(parameters);
    await objective.dispose();
  });

  it('reports a total that is what its parts add up to', async () => {
    const adversarial = { ...everything(), start: 1, weight: 0.4, lecam: 0.3, consistency: 2 };
    const objective = new TokenizerObjective(tinyTokenizer(), { adversarial });
    const { losses } = await run(objective, objective.initialState(), 0, 2);
    const ofGenerator = await numbersOf(losses.generator);
    const {
      reconstruction,
      entropy,
      adversarial: opposed,
      adaptiveWeight,
    } = ofGenerator as Record<string, number>;
    expect(ofGenerator['total']).toBeCloseTo(
      reconstruction! + 0.01 * entropy! + 0.4 * adaptiveWeight! * opposed!,
      5,
    );
    const judged = (await numbersOf(losses.discriminator!)) as Record<string, number>;
    expect(judged['total']).toBeCloseTo(
      0.4 * (judged['adversarial']! + 0.3 * judged['lecam']!) + 2 * judged['consistency']!,
      5,
    );
    await objective.dispose();
  });

  it('gives the gradient of the whole batch in parts', async () => {
    const results = [];
    for (const accumulation of [1, 2]) {
      const adversarial = { discriminator: bufferlessDiscriminator(), start: 1, ...plain };
      const options = {
        adversarial,
        accumulation,
        backend,
        losses: { reconstruction: reconstructionTerm() },
      };
      const objective = new TokenizerObjective(tinyTokenizer(), options);
      const { losses } = await run(objective, objective.initialState(), 0, 1);
      results.push({
        generator: await numbersOf(losses.generator),
        discriminator: await numbersOf(losses.discriminator!),
      });
      await objective.dispose();
    }
    const [whole, parts] = results;
    for (const side of ['generator', 'discriminator'] as const) {
      for (const [name, value] of Object.entries(whole![side])) {
        expect(Math.abs(parts![side][name]! - value), name).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      }
    }
  });

  it('trains the parameters of a term beside the tokenizer', async () => {
    const { weight } = tinyTokenizer().quant_conv;
    const pull: LossTerm = {
      weight: (completed) => completed.add(1),
      parameters: {
        scale: weight
          .slice([{ stop: 1 }, { stop: 1 }])
          .mul(0)
          .add(2)
          .reshape([]),
      },
      loss: ({ parameters, pass }) => parameters['scale']!.sub(1).square().add(pass.latents.mean().mul(0)),
    };
    const objective = new TokenizerObjective(tinyTokenizer(), {
      losses: { reconstruction: reconstructionTerm(), pull },
      optimizer: tokenizerOptimizer({ learningRate: 0.1 }),
      maximumGradientNorm: Number.POSITIVE_INFINITY,
      averageDecay: null,
    });
    const { state, losses } = await run(objective, objective.initialState(), 0, 2);
    expect(Object.keys(state.generator.termParameters)).toEqual(['pull.scale']);
    expect(state.generator.average).toBeUndefined();
    const scale = await state.generator.termParameters['pull.scale']!.item();
    // Two steps of Adam of nearly the rate each.
    expect(scale).toBeGreaterThan(1.75);
    expect(scale).toBeLessThan(1.85);
    const values = await numbersOf(losses.generator);
    expect(values['pull']).toBeCloseTo(0.9 ** 2, 3);
    expect(values['total']).toBeCloseTo(values['reconstruction']! + 2 * values['pull']!, 5);
    expect(() => objective.tokenizerOf(state, { average: true })).toThrow(/averageDecay/);
    await objective.dispose();
  });

  it('leaves nothing behind but the state', async () => {
    const objective = new TokenizerObjective(tinyTokenizer(), {
      adversarial: { ...everything(), start: 1 },
      accumulation: 2,
    });
    const images = tinyImages();
    let state = objective.initialState();
    const step = async (): Promise<number> => {
      const result = await objective.step(state, images);
      state = result.state;
      for (const losses of [result.losses.generator, result.losses.discriminator!]) {
        for (const each of Object.values(losses)) each.dispose();
      }
      return memory().tensors;
    };
    await step();
    await step();
    const held = await step();
    expect(await step()).toBe(held);
    expect(await step()).toBe(held);
    await objective.dispose();
  });

  it('runs the step that it prepared and refuses states of other objectives', async () => {
    const objective = new TokenizerObjective(tinyTokenizer(), { adversarial: everything() });
    const state = objective.initialState();
    await objective.prepare(state, tinyImages());
    const { discriminator, ...without } = state;
    await expect(objective.step(without, tinyImages())).rejects.toThrow(/no discriminator/);
    const { lecam, ...forgetful } = discriminator!;
    expect(lecam).toBeDefined();
    await expect(objective.step({ ...without, discriminator: forgetful }, tinyImages())).rejects.toThrow(
      /LeCAM/,
    );
    const { average, ...bare } = state.generator;
    expect(average).toBeDefined();
    await expect(objective.step({ ...state, generator: bare }, tinyImages())).rejects.toThrow(/no average/);
    const result = await objective.step(state, tinyImages());
    expect(await objective.completedSteps(result.state)).toBe(1);
    await objective.dispose();
  });

  it('computes on the backend it is given what it computes on the default one', async () => {
    const other = await reference();
    const results = [];
    for (const options of [{ backend: other }, {}]) {
      const adversarial = { ...everything(), start: 1 };
      const objective = new TokenizerObjective(tinyTokenizer(), { adversarial, ...options });
      const { losses } = await run(objective, objective.initialState(), 0, 1);
      results.push({
        ...(await numbersOf(losses.generator)),
        ...(await numbersOf(losses.discriminator!)),
      } as Record<string, number>);
      await objective.dispose();
    }
    const [exact, fast] = results;
    for (const [name, value] of Object.entries(exact!)) {
      expect(Math.abs(fast![name]! - value), name).toBeLessThan(1e-3 * (0.1 + Math.abs(value)));
    }
    await other.dispose();
  });

  it('gives up the state when a step fails', async () => {
    const objective = new TokenizerObjective(tinyTokenizer(), { adversarial: everything() });
    const { state } = await run(objective, objective.initialState(), 0, 1);
    await expect(objective.step(state, tinyImages(0, 1).reshape([1, 3, 8, 32]))).rejects.toThrow(/8, 32/);
    await expect(state.discriminator!.lecam!.real.item()).rejects.toThrow();
    await objective.dispose();
  });
});

it.each<[string, TokenizerObjectiveOptions<SoftVQ, never>, RegExp]>([
  ['no terms', { losses: {} }, /no term/],
  ['a reserved name', { losses: { total: reconstructionTerm() } }, /"total"/],
  ['a name with a dot', { losses: { 'a.b': reconstructionTerm() } }, /"a\.b"/],
  ['an accumulation of 0', { accumulation: 0 }, /accumulation .* not 0/],
  ['a large seed', { seed: 2 ** 24 }, /seed/],
  ['a start of 0', { adversarial: { discriminator: tinyDiscriminator(), start: 0 } }, /start .* not 0/],
  [
    'a weight below 0',
    { adversarial: { discriminator: tinyDiscriminator(), weight: -1 } },
    /weight .* not -1/,
  ],
  [
    'consistency without augmentation',
    { adversarial: { discriminator: tinyDiscriminator(), consistency: 1, augmentation: null } },
    /augmentation is null/,
  ],
])('refuses %s', (_, options, message) => {
  expect(() => new TokenizerObjective<SoftVQ, never>(tinyTokenizer(), options)).toThrow(message);
});

it('refuses a tokenizer with nothing to train, and gradients at a frozen layer', () => {
  expect(() => new TokenizerObjective(tinyTokenizer().freeze(() => true))).toThrow(/frozen/);
  const half = tinyTokenizer().freeze((name) => name.startsWith('decoder.'));
  const adversarial = { discriminator: tinyDiscriminator(), adaptive: true };
  expect(() => new TokenizerObjective(half, { adversarial })).toThrow(/decoder\.to_pixel\.model\.weight/);
});

interface Networks {
  readonly parameters: TensorRecord;
  readonly adam: AdamState;
  readonly average: TensorRecord;
  readonly judge: TensorRecord;
  readonly buffers: TensorRecord;
  readonly adamOfJudge: AdamState;
}

interface ByHand {
  readonly networks: Networks;
  readonly images: Tensor;
  readonly adversarial: boolean;
}

/** All of adversarial training, from the second step on. */
function everything() {
  return { discriminator: tinyDiscriminator(), start: 2, adaptive: true } as const;
}

/** Steps from one number to before another, each with images of its own. */
async function run(
  objective: Pick<TokenizerObjective<SoftVQ>, 'step'>,
  initial: TokenizerTrainingState,
  from: number,
  to: number,
): Promise<TokenizerStep> {
  let result = await objective.step(initial, tinyImages(from));
  for (let i = from + 1; i < to; i++) result = await objective.step(result.state, tinyImages(i));
  return result;
}

async function expectSame(actual: TensorRecord, expected: TensorRecord): Promise<void> {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of Object.entries(expected)) {
    const [a, b] = [await actual[name]!.data(), await tensor.data()].map((each) => Array.from(each, Number));
    for (const [i, value] of b!.entries()) {
      expect(Math.abs(a![i]! - value), name).toBeLessThan(1e-6 + 1e-4 * Math.abs(value));
    }
  }
}
