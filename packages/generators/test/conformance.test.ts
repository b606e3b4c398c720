import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import {
  type LossDraws,
  type RandomSource,
  type SampleEvent,
  type SampleOptions,
  type Sampler,
  scalar,
  type Tensor,
  zeros,
} from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeGenerator,
  describeSampler,
  type GeneratorConformanceOptions,
  runGeneratorChecks,
  runSamplerChecks,
} from '../src/conformance/index.js';
import { DiT } from '../src/dit.js';
import { MAR } from '../src/mar/index.js';
import { fromPretrained, savePretrained } from '../src/node/index.js';
import type { LoadableGenerator } from '../src/registry/index.js';
import { ddim, ddpm, dopri5, euler, eulerMaruyama, heun, stochasticHeun } from '../src/samplers/index.js';
import { SiT } from '../src/sit.js';
import { GatedFlow } from './fixtures/gated-flow/index.js';

const transformer = { width: 16, depth: 1, heads: 2 };
const size = { ...transformer, latentShape: [4, 6], classes: 3 } as const;

/** Of a generator that compiles fast, to be spoilt in many ways. */
const flow = { tokens: 4, channels: 6, width: 16, classes: 3 };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-generators-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function throughFolder<G extends LoadableGenerator>(generator: G): Promise<G> {
  await savePretrained(generator, folder);
  return (await fromPretrained(folder)) as G;
}

const onCpu = { createBackend: cpu, roundTrip: throughFolder };

describeGenerator('SiT', () => new SiT(size), onCpu);
describeGenerator('SiT on grids', () => new SiT({ ...size, latentShape: [2, 4, 4], patchSize: 2 }), onCpu);
describeGenerator('DiT', () => new DiT(size), onCpu);
describeGenerator(
  'DiT with fixed variances',
  () => new DiT({ ...size, variance: 'fixed-small', minSnr: 5 }),
  onCpu,
);
describeGenerator(
  'MAR',
  () =>
    new MAR({
      latentShape: [6, 4],
      classes: 3,
      encoder: transformer,
      decoder: transformer,
      head: { width: 16, depth: 1 },
      buffer: 2,
      headSteps: 3,
    }),
  onCpu,
);

describeSampler('ddpm', ddpm, { createBackend: cpu, steps: 100 });
describeSampler('ddim', ddim, { createBackend: cpu });
describeSampler('ddim with eta 1', () => ddim({ eta: 1 }), { createBackend: cpu, steps: 100 });
describeSampler('euler', euler, { createBackend: cpu });
describeSampler('heun', heun, { createBackend: cpu });
describeSampler('dopri5', dopri5, { createBackend: cpu });
describeSampler('euler-maruyama', eulerMaruyama, { createBackend: cpu });
describeSampler('stochastic-heun', stochasticHeun, { createBackend: cpu });

async function failuresOf<G extends GatedFlow | SiT>(
  create: () => G,
  options: Partial<GeneratorConformanceOptions<G>> = {},
): Promise<string[]> {
  const roundTrip = async (saved: G) => create().with(saved.stateDict()) as G;
  const results = await runGeneratorChecks(create, { createBackend: cpu, roundTrip, ...options });
  return results.filter(({ error }) => error !== undefined).map(({ id }) => id);
}

describe('the kit of generators finds', () => {
  it('nothing in a generator that is right', async () => {
    expect(await failuresOf(() => new GatedFlow(flow))).toEqual([]);
  });

  it('images that depend on the batch', async () => {
    class Crowded extends GatedFlow {
      override predict(latents: Tensor, time: Tensor, labels: Tensor): Tensor {
        return super.predict(latents.sub(latents.mean(0, { keepDims: true }).mul(0.1)), time, labels);
      }
    }
    expect(await failuresOf(() => new Crowded(flow))).toContain(
      'sampling/the same seed gives the same image, whatever is drawn with it',
    );
  });

  it('labels that are ignored', async () => {
    class Deaf extends GatedFlow {
      override predict(latents: Tensor, time: Tensor, labels: Tensor): Tensor {
        return super.predict(latents, time, labels.mul(0));
      }
    }
    expect(await failuresOf(() => new Deaf(flow))).toEqual([
      'sampling/another seed, index or class gives another image',
      'sampling/guidance of scale 1 is none, and a larger one is some',
    ]);
  });

  it('seeds and signals that are ignored', async () => {
    class Stubborn extends GatedFlow {
      override sample({
        signal: _,
        ...options
      }: SampleOptions<'interpolant'>): AsyncGenerator<SampleEvent, void, void> {
        return super.sample({ ...options, seed: 0 });
      }
    }
    expect(await failuresOf(() => new Stubborn(flow))).toEqual([
      'sampling/another seed, index or class gives another image',
      'stopping/a signal stops within one step and frees everything',
      'stopping/wrong options are refused before anything runs',
    ]);
  });

  it('tensors that are left behind', async () => {
    class Leaking extends GatedFlow {
      readonly kept: Tensor[][] = [];
      override async *sample(options: SampleOptions<'interpolant'>): AsyncGenerator<SampleEvent, void, void> {
        for await (const event of super.sample(options)) {
          if (event.type === 'done') {
            const copy = event.latents.mul(1);
            await copy.data();
            held.push(copy);
          }
          yield event;
        }
      }
    }
    const held: Tensor[] = [];
    expect(await failuresOf(() => new Leaking(flow))).toContain(
      'stopping/a whole run leaves nothing but the latents',
    );
    expect(held.length).toBeGreaterThan(0);
  });

  it('parameters without a gradient, unless a reason is given', async () => {
    class Idle extends GatedFlow {
      readonly idle = zeros([2]);
    }
    const failed = ['training/every trainable parameter gets a gradient'];
    expect(await failuresOf(() => new Idle(flow))).toEqual(failed);
    const idle = { parameter: 'idle', reason: 'kept for old checkpoints' };
    expect(await failuresOf(() => new Idle(flow), { withoutGradient: [idle] })).toEqual([]);
    for (const wrong of [
      { parameter: 'idle', reason: '' },
      { parameter: 'lazy', reason: 'there is none' },
      { parameter: 'output.weight', reason: 'it gets one' },
    ]) {
      expect(await failuresOf(() => new Idle(flow), { withoutGradient: [idle, wrong] })).toEqual(failed);
    }
  });

  it('a loss that ignores its draws', async () => {
    class Constant extends GatedFlow {
      override drawLoss(batch: number, _: RandomSource): LossDraws {
        return super.drawLoss(batch, { ...fixed, permutation: () => new Int32Array() });
      }
    }
    const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => ((i * 7) % 10) / 10);
    const fixed = {
      normal: numbers,
      uniform: numbers,
      truncatedNormal: numbers,
      integers: (count: number) => new Int32Array(count),
    };
    expect(await failuresOf(() => new Constant(flow))).toEqual([]);
    class Indifferent extends GatedFlow {
      override loss(): Tensor {
        return scalar(1);
      }
    }
    expect(await failuresOf(() => new Indifferent(flow))).toContain(
      'training/the loss is a finite scalar that depends on the draws alone',
    );
  });

  it('settings that saving loses', async () => {
    const create = () => new SiT({ ...size, path: 'cosine' });
    const roundTrip = async (saved: SiT): Promise<SiT> => new SiT(size).with(saved.stateDict());
    expect(await failuresOf(create, { roundTrip })).toEqual(['training/what is loaded draws what was saved']);
  });
});

async function failuresOfSampler(change: Partial<Sampler<'interpolant'>>): Promise<string[]> {
  const create = (): Sampler<'interpolant'> => ({ ...euler(), ...change });
  const results = await runSamplerChecks(create, { createBackend: cpu });
  return results.filter(({ error }) => error !== undefined).map(({ id }) => id);
}

describe('the kit of samplers finds', () => {
  const right = euler();

  it('nothing in a sampler that is right', async () => {
    expect(await failuresOfSampler({})).toEqual([]);
  });

  it('steps that are not taken', async () => {
    const failures = await failuresOfSampler({
      sample: (task) => right.sample({ ...task, steps: 30 }),
    });
    expect(failures).toEqual(['sampler/it takes the steps it is asked for and evaluates the network']);
  });

  it('noise that is not taken away', async () => {
    const failures = await failuresOfSampler({
      async *sample(task) {
        for (let step = 0; step < task.steps; step++) yield { latents: task.noise };
        return task.noise;
      },
    });
    expect(failures).toEqual([
      'sampler/normal data come out with the right mean and deviation',
      'sampler/it takes the steps it is asked for and evaluates the network',
    ]);
  });

  it('a version and a name that cannot be', async () => {
    const failures = await failuresOfSampler({ specVersion: 2 as 1, name: 'My Sampler' });
    expect(failures).toEqual(['sampler/what it says of itself']);
  });
});
