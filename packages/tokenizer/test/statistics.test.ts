import { reference } from '@softvq/backends/reference';
import { compile, evaluate, setDefaultBackend, type Tensor, tensor } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CodebookStatistics,
  ConvolutionalKL,
  ConvolutionalVQ,
  codebookSums,
  KL,
  LatentMoments,
  latentSums,
  PosteriorStatistics,
  posteriorSums,
  SoftVQ,
  VQ,
} from '../src/index.js';
import { describeOnBackends } from './golden.js';
import { randomTensor, withRandomValues } from './random-values.js';

const trunk = { width: 16, depth: 1, heads: 2 };
const shared = {
  imageSize: 16,
  patchSize: 8,
  latentTokens: 4,
  latentWidth: 6,
  encoder: trunk,
  decoder: trunk,
};
const convolutional = {
  imageSize: 16,
  channels: 32,
  multipliers: [1, 1],
  residualBlocks: 1,
  encodedChannels: 8,
  latentChannels: 3,
};
const images = randomTensor('images', [7, 3, 16, 16], 0.5);
/** The same images, cut in two ways. */
const cuts = [
  [0, 7],
  [0, 1, 4, 7],
];

function batches(bounds: readonly number[]): Tensor[] {
  return bounds.slice(1).map((stop, i) => images.slice([{ start: bounds[i]!, stop }]));
}

function entropy(weights: readonly number[]): number {
  return weights.reduce((sum, each) => (each > 0 ? sum - each * Math.log(each) : sum), 0);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

describeOnBackends((backend) => {
  beforeAll(() => setDefaultBackend(backend()));

  describe('codebooks', () => {
    it('of SoftVQ: who is nearest, and how sure', async () => {
      const model = withRandomValues(
        new SoftVQ({ ...shared, codebooks: 2, codebookSize: 16, temperature: 0.3 }),
      );
      const indices = (await model.indices(images).array()) as number[][][];
      const logits = (await model.quantized(images).logits.array()) as number[][][];
      const weights = logits.map((rows) =>
        rows.map((row) => {
          const raised = row.map((each) => Math.exp(each / 0.3));
          const total = raised.reduce((sum, each) => sum + each, 0);
          return raised.map((each) => each / total);
        }),
      );
      const expected = weights.map((rows, codebook) => {
        const nearest = indices.flatMap((ofImage) => ofImage[codebook]!);
        const counts = Array.from({ length: 16 }, (_, i) => nearest.filter((each) => each === i).length);
        return {
          tokens: 14,
          usage: new Set(nearest).size / 16,
          perplexity: Math.exp(entropy(counts.map((count) => count / 14))),
          posteriorEntropy: mean(rows.map(entropy)),
          marginalEntropy: entropy(rows[0]!.map((_, i) => mean(rows.map((row) => row[i]!)))),
          confidence: mean(rows.map((row) => Math.max(...row))),
        };
      });
      const measure = compile(
        ({ images: batch }: { images: Tensor }) => codebookSums(model.quantized(batch), model.quantize),
        { backend: backend(), dynamic: { images: ['batch'] } },
      );
      for (const bounds of cuts) {
        const statistics = new CodebookStatistics();
        expect(statistics.summaries()).toEqual([]);
        for (const batch of batches(bounds)) await statistics.add(await measure({ images: batch }));
        const summaries = statistics.summaries();
        expect(summaries).toHaveLength(2);
        for (const [i, summary] of summaries.entries()) {
          for (const [name, value] of Object.entries(summary)) {
            expect(value, name).toBeCloseTo(expected[i]![name as keyof typeof summary], 4);
          }
        }
      }
      expect(measure.compilations).toBe(1);
      await measure.dispose();
    });

    it.each([
      ['VQ', withRandomValues(new VQ({ ...shared, codebookSize: 8 })), 28],
      ['ConvolutionalVQ', withRandomValues(new ConvolutionalVQ({ ...convolutional, codebookSize: 8 })), 448],
    ] as const)('of %s: every token is one codeword', async (_, model, tokens) => {
      const statistics = new CodebookStatistics();
      for (const batch of batches([0, 3, 7])) {
        await statistics.add(codebookSums(model.quantized(batch), model.quantize));
      }
      const nearest = ((await model.indices(images).array()) as number[][][]).flat(2);
      const shares = Array.from(
        { length: 8 },
        (__, i) => nearest.filter((each) => each === i).length / tokens,
      );
      const [summary] = statistics.summaries();
      expect(nearest).toHaveLength(tokens);
      expect(summary).toMatchObject({ tokens, posteriorEntropy: 0, confidence: 1 });
      expect(summary!.usage).toBe(new Set(nearest).size / 8);
      expect(summary!.perplexity).toBeCloseTo(Math.exp(entropy(shares)), 6);
      expect(summary!.marginalEntropy).toBeCloseTo(entropy(shares), 6);
    });
  });

  it.each([
    ['KL', withRandomValues(new KL(shared), 0.3)],
    ['ConvolutionalKL', withRandomValues(new ConvolutionalKL(convolutional), 0.1)],
  ] as const)('posteriors of %s: means, deviations and divergence', async (_, model) => {
    const posterior = model.quantized(images);
    await evaluate({ mean: posterior.mean, logVariance: posterior.logVariance });
    const [means, logVariances] = (
      await Promise.all([posterior.mean.host(), posterior.logVariance.host()])
    ).map(({ data }) => Array.from(data, Number)) as [number[], number[]];
    const terms = means.map((each, i) => each ** 2 + Math.exp(logVariances[i]!) - 1 - logVariances[i]!);
    const expected = {
      images: 7,
      mean: mean(means),
      meanStd: Math.sqrt(mean(means.map((each) => (each - mean(means)) ** 2))),
      posteriorStd: Math.sqrt(mean(logVariances.map(Math.exp))),
      divergence: (0.5 * mean(terms) * terms.length) / 7,
    };
    for (const bounds of cuts) {
      const statistics = new PosteriorStatistics();
      for (const batch of batches(bounds)) await statistics.add(posteriorSums(model.quantized(batch)));
      for (const [name, value] of Object.entries(statistics.summary())) {
        const wanted = expected[name as keyof typeof expected];
        expect(Math.abs(value - wanted), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(wanted)));
      }
    }
  });

  it('latents: what makes them have mean 0 and deviation 1', async () => {
    const moments = new LatentMoments();
    const latents = randomTensor('latents', [40, 30]).mul(0.25).add(3);
    for (const [start, stop] of [
      [0, 1],
      [1, 25],
      [25, 40],
    ] as const) {
      await moments.add(latentSums(latents.slice([{ start, stop }])));
    }
    const { mean: centre, std } = moments.statistics();
    const normalized = latents.sub(centre).div(std);
    expect(await normalized.mean().item()).toBeCloseTo(0, 4);
    expect(await normalized.square().mean().item()).toBeCloseTo(1, 4);
  });
});

it('counts do not overflow in half precision', async () => {
  const backend = await reference();
  setDefaultBackend(backend);
  const moments = new LatentMoments();
  await moments.add(latentSums(tensor(new Float32Array(70_000).fill(2)).cast('float16')));
  expect(moments.statistics()).toEqual({ mean: 2, std: 0 });
  await backend.dispose();
});

it('there are none before the first batch', () => {
  expect(() => new LatentMoments().statistics()).toThrow(/before the first batch/);
  expect(() => new PosteriorStatistics().summary()).toThrow(/before the first batch/);
});
