import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, fromHost, sizeOf, type Tensor } from '@softvq/core';
import { DiT, presets, SiT } from '@softvq/generators';
import { fromPretrained, savePretrained } from '@softvq/generators/node';
import { BareProducts } from '../bare-rate.js';
import { reportGeneratorMemory } from '../generator-memory.js';
import { attentionFlopsOf, linearProductsOf } from '../graph-products.js';
import { reportLoopOverhead } from '../loop-overhead.js';
import { nextStep } from '../next-step.js';
import { noise } from '../noise.js';
import { withRandomWeights } from '../random-weights.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

type LatentModel = DiT | SiT;

/** Models by what they are called in the report. */
export type SampledModels = Readonly<Record<string, () => LatentModel>>;

export const publishedModels: SampledModels = {
  'SiT-XL, 64 tokens': () => new SiT({ ...presets['sit-xl'], latentShape: [64, 32] }),
  'SiT-XL, 32 tokens': () => new SiT({ ...presets['sit-xl'], latentShape: [32, 64] }),
  'DiT-XL, 64 tokens': () => new DiT({ ...presets['dit-xl'], latentShape: [64, 32] }),
};

/** Guided steps of full-size generators with random weights, saved as official files and loaded from them. */
export async function benchSampling(threads: number, models: SampledModels = publishedModels): Promise<void> {
  for (const [name, create] of Object.entries(models)) {
    const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
    try {
      await savePretrained(withRandomWeights(create()), folder);
      await reportGeneratorMemory(name, folder, threads);
      await rate(name, (await fromPretrained(folder)) as LatentModel, threads);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

const rounds = 11;
const warmup = 2;

/** A guided step of one image against the products of its linear layers, and against the bare network. */
async function rate(name: string, model: LatentModel, threads: number): Promise<void> {
  const network = compile(({ x, time, labels }: NetworkInput) => ({ y: model.predict(x, time, labels) }));
  const input = guidedRows(model.latentShape);
  const graph = await network.graph(input);
  const bare = await BareProducts.create(linearProductsOf(graph), { threads, returned: false });
  const flops = bare.flops + attentionFlopsOf(graph);
  const steps = stepsOf(model);
  const against = await timeInTurn(
    { engine: { run: () => bare.run(), flops: bare.flops }, ours: { run: steps.run, flops } },
    { rounds, warmup },
  );
  reportShare(`${name}: guided step`, against.ours.gigaflops, against.engine.gigaflops, 'GFLOP/s', 0.85);
  // One after the other: three copies of the weights are more than many machines hold.
  await bare.dispose();
  await reportLoopOverhead(name, async () => (await network(input)).y.dispose(), steps.run, {
    rounds,
    warmup,
  });
  await Promise.all([network.dispose(), steps.dispose()]);
}

/** The steps of one long run, so that each call of `run` is one of them. */
function stepsOf(model: LatentModel) {
  const options = { labels: [207], steps: 4 * (rounds + warmup), guidance: { scale: 1.75 } };
  // One evaluation a step, and noise in each.
  const sampling =
    model instanceof DiT
      ? model.sample({ ...options, sampler: 'ddpm' })
      : model.sample({ ...options, sampler: 'euler-maruyama' });
  return {
    run: () => nextStep(sampling),
    dispose: async (): Promise<void> => {
      await sampling.return();
      await model.dispose();
    },
  };
}

interface NetworkInput {
  readonly x: Tensor;
  readonly time: Tensor;
  readonly labels: Tensor;
}

/** One image with a class and without. */
function guidedRows(latentShape: readonly number[]): NetworkInput {
  const shape = [2, ...latentShape];
  return {
    x: fromHost({ dtype: 'float32', shape, data: noise(sizeOf(shape), 1) }),
    time: fromHost({ dtype: 'float32', shape: [], data: Float32Array.of(0.5) }),
    labels: fromHost({ dtype: 'int32', shape: [2], data: Int32Array.of(207, 1000) }),
  };
}
