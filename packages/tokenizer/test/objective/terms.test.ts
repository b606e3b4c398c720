import { cpu } from '@softvq/backends/cpu';
import { type Backend, compile, scalar, setDefaultBackend, type Tensor, tensor } from '@softvq/core';
import { tracedRandom } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AE, ConvolutionalKL, ConvolutionalVQ, KL, MAETok, type SoftVQ, VQ } from '../../src/index.js';
import { Lpips } from '../../src/losses/index.js';
import { tracedPermutation } from '../../src/objective/alignment-term.js';
import { tracedNormal } from '../../src/objective/default-forward.js';
import {
  alignmentTerm,
  auxiliaryTerms,
  bottleneckTerms,
  entropyTerm,
  type FeatureNetwork,
  type LossTerm,
  perceptualTerm,
  reconstructionTerm,
  TokenizerObjective,
  type TrainableTokenizer,
  tokenizerLearningRate,
  tokenizerOptimizer,
} from '../../src/objective/index.js';
import { numbersOf, tinyImages, tinySizes, tinyTokenizer } from './tiny.js';

const convolutional = {
  imageSize: 16,
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  encodedChannels: 32,
  latentChannels: 4,
};

const maetok = (): MAETok =>
  new MAETok({
    ...tinySizes,
    imageSize: 32,
    patchSize: 16,
    decoder: { ...tinySizes.decoder, modulated: true },
    decoderDropPath: 0.2,
    masking: { least: 0.4, most: 0.6 },
    auxiliary: { features: ['hog', 'dino'], trunk: { width: 8, depth: 1, heads: 1, modulated: true } },
  });

/** Features that are colours: the mean of each patch's red, made brighter, repeated to the width. */
function colours(patchSize: number, width: number, brightness = 0.1): FeatureNetwork {
  return {
    width,
    forward: (images) => {
      const [batch, , height] = images.shape as readonly [number, number, number];
      const side = height / patchSize;
      const means = images.reshape([batch, 3, side, patchSize, side, patchSize]).mean([3, 5]);
      const tokens = means.reshape([batch, 3, side * side]).transpose([0, 2, 1]);
      return tokens
        .slice([null, null, { stop: 1 }])
        .broadcastTo([batch, side * side, width])
        .add(brightness);
    },
  };
}

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
});
afterAll(() => backend.dispose());

describe('the terms of each kind of tokenizer', () => {
  it.each<[string, () => TrainableTokenizer, string[]]>([
    ['SoftVQ', tinyTokenizer, ['reconstruction', 'entropy']],
    ['VQ', () => new VQ({ ...tinySizes, codebookSize: 8 }), ['reconstruction', 'codebook', 'commitment']],
    ['KL', () => new KL(tinySizes), ['reconstruction', 'divergence']],
    ['AE', () => new AE(tinySizes), ['reconstruction']],
    ['convolutional KL', () => new ConvolutionalKL(convolutional), ['reconstruction', 'divergence']],
    [
      'convolutional VQ',
      () => new ConvolutionalVQ({ ...convolutional, codebookSize: 8 }),
      ['reconstruction', 'codebook', 'commitment'],
    ],
  ])('lower the error of %s', async (_, make, names) => {
    const tokenizer = make();
    expect(['reconstruction', ...Object.keys(bottleneckTerms(tokenizer))]).toEqual(names);
    const objective = new TokenizerObjective(tokenizer, {
      optimizer: tokenizerOptimizer({ learningRate: 3e-3 }),
      averageDecay: null,
    });
    let state = objective.initialState();
    const totals: number[] = [];
    for (let i = 0; i < 8; i++) {
      const result = await objective.step(state, tinyImages());
      state = result.state;
      expect(Object.keys(result.losses.generator)).toEqual(['total', ...names, 'gradientNorm']);
      totals.push((await numbersOf(result.losses.generator))['reconstruction']!);
    }
    expect(totals.every(Number.isFinite)).toBe(true);
    expect(totals.at(-1)!).toBeLessThan(0.8 * totals[0]!);
    await objective.dispose();
  });

  it('train MAETok with masks and auxiliary decoders', async () => {
    const tokenizer = maetok();
    const objective = new TokenizerObjective(tokenizer, {
      losses: {
        reconstruction: reconstructionTerm(),
        ...auxiliaryTerms(tokenizer, { dino: colours(16, 1024) }),
      },
      optimizer: tokenizerOptimizer({ learningRate: 3e-3 }),
      averageDecay: null,
    });
    const images = tinyImages(0, 16).reshape([4, 3, 32, 32]);
    let state = objective.initialState();
    const dino: number[] = [];
    for (let i = 0; i < 10; i++) {
      const result = await objective.step(state, images);
      state = result.state;
      const { hog, dino: aligned } = await numbersOf(result.losses.generator);
      expect(hog).toBeGreaterThan(0);
      dino.push(aligned!);
    }
    expect(dino.at(-1)!).toBeLessThan(dino[0]! - 0.1);
    expect(() => auxiliaryTerms(tokenizer)).toThrow(/\{ dino: … \}/);
    await objective.dispose();
  });

  it('balance an adversary at the last layer of each', () => {
    const kinds: TrainableTokenizer[] = [tinyTokenizer(), new ConvolutionalKL(convolutional), maetok()];
    for (const tokenizer of kinds) expect(tokenizer.parameters()).toHaveProperty([tokenizer.lastLayer]);
  });
});

it('aligns latents with features through a projection that learns', async () => {
  for (const mode of ['repeat', 'avg_1d_shuffle'] as const) {
    const tokenizer: SoftVQ = tinyTokenizer();
    const objective = new TokenizerObjective(tokenizer, {
      losses: {
        reconstruction: reconstructionTerm({ weight: 0.01 }),
        entropy: entropyTerm(),
        alignment: alignmentTerm(colours(4, 6, 1), { latentWidth: 4, hidden: 8, weight: 1, mode }),
      },
      optimizer: tokenizerOptimizer({ learningRate: 1e-2 }),
    });
    let state = objective.initialState();
    const values: number[] = [];
    for (let i = 0; i < 15; i++) {
      const result = await objective.step(state, tinyImages());
      state = result.state;
      values.push((await numbersOf(result.losses.generator))['alignment']!);
    }
    expect(Object.keys(state.generator.termParameters)).toEqual(
      ['0', '2', '4'].flatMap((place) => [`alignment.${place}.weight`, `alignment.${place}.bias`]),
    );
    expect(values.at(-1)!).toBeLessThan(values[0]! - 0.2);
    await objective.dispose();
  }
});

it('lets the perceptual weight rise step by step, counted from 1', async () => {
  const { weight } = perceptualTerm(new Lpips(), { weight: 2, warmupSteps: 4 });
  const at = async (completed: number): Promise<number> =>
    (weight as (step: Tensor) => Tensor)(scalar(completed)).item();
  expect(await Promise.all([0, 1, 3, 10].map(at))).toEqual([0.5, 1, 2, 2]);
  expect(perceptualTerm(new Lpips()).weight).toBe(1);
});

it('compares images by the network in the perceptual term', async () => {
  const lpips = new Lpips();
  const term = perceptualTerm(lpips);
  const [images, reconstruction] = [tinyImages(0, 1), tinyImages(1, 1)];
  const random = tracedRandom({ seed: 0, step: 0 });
  const pass = { latents: images, reconstruction };
  const value = term.loss({ pass, images, parameters: {}, random });
  expect(await value.item()).toBeCloseTo(await lpips.forward(reconstruction, images).item(), 6);
  expect(term.measuresReconstruction).toBe(true);
});

it('follows the learning rate of the recipe', async () => {
  const rate = tokenizerLearningRate({ peak: 1e-3, totalSteps: 100, warmupSteps: 10 });
  const at = (step: number): Promise<number> => rate(scalar(step)).item();
  expect(await at(0)).toBeCloseTo(1e-5, 9);
  expect(await at(5)).toBeCloseTo(1e-5 + 0.5 * (1e-3 - 1e-5), 9);
  // The cosine has run from the first step on.
  expect(await at(10)).toBeCloseTo(1e-4 + 0.5 * 9e-4 * (1 + Math.cos(Math.PI * 0.1)), 9);
  expect(await at(100)).toBeCloseTo(1e-4, 9);
  expect(await tokenizerLearningRate({ totalSteps: 10 })(scalar(0)).item()).toBeCloseTo(1e-4, 9);
  expect(() => tokenizerLearningRate({ totalSteps: 10, warmupSteps: 10 })).toThrow(/shorter/);
});

it('leaves biases and scales undecayed', async () => {
  const parameters = { 'a.weight': tensor([[1]]), 'a.bias': tensor([[1]]), gamma: tensor([1]) };
  const zero = { 'a.weight': tensor([[0]]), 'a.bias': tensor([[0]]), gamma: tensor([0]) };
  const optimizer = tokenizerOptimizer({ learningRate: 0.5, weightDecay: 0.1 });
  const updated = optimizer.update(parameters, zero, optimizer.init(parameters)).parameters;
  expect(await numbersOf(updated)).toEqual({ 'a.weight': expect.closeTo(0.95, 6), 'a.bias': 1, gamma: 1 });
});

it('refuses a term that is no scalar', async () => {
  const broken: LossTerm = { weight: 1, loss: ({ pass }) => pass.latents };
  const objective = new TokenizerObjective(tinyTokenizer(), { losses: { broken } });
  await expect(objective.step(objective.initialState(), tinyImages())).rejects.toThrow(
    /"broken".*\[4, 4, 4\]/,
  );
  await objective.dispose();
});

it('refuses terms that the pass of a tokenizer has nothing for', async () => {
  const objective = new TokenizerObjective(new AE(tinySizes), {
    // @ts-expect-error There are no logits.
    losses: { entropy: entropyTerm() },
  });
  await expect(objective.step(objective.initialState(), tinyImages())).rejects.toThrow(
    /entropyTerm needs "logits".*only latents, reconstruction/,
  );
  await objective.dispose();
});

it('draws normal numbers and permutations inside a step', async () => {
  const run = compile(
    ({ step }: { step: Tensor }) => {
      const random = tracedRandom({ seed: 2, step });
      return {
        noise: tracedNormal(random.child('noise'), [40, 25, 20]),
        order: tracedPermutation(random, 50),
      };
    },
    { backend },
  );
  const [first, second] = [await run({ step: tensor(0) }), await run({ step: tensor(1) })];
  const noise = Array.from(await first.noise.data(), Number);
  const moment = (power: number): number => noise.reduce((sum, x) => sum + x ** power, 0) / noise.length;
  expect(Math.abs(moment(1))).toBeLessThan(0.03);
  expect(moment(2)).toBeCloseTo(1, 1);
  expect(Math.abs(moment(3))).toBeLessThan(0.1);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
  const neighbours = noise.slice(1).reduce((sum, x, i) => sum + x * noise[i]!, 0) / noise.length;
  expect(Math.abs(neighbours)).toBeLessThan(0.03);
  expect(noise).not.toEqual(Array.from(await second.noise.data(), Number));
  const [order, other] = [await first.order.data(), await second.order.data()].map((each) =>
    Array.from(each, Number),
  );
  expect(order!.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(order).not.toEqual(other);
  await run.dispose();
});
