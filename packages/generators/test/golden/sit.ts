import { type Backend, type RandomSource, tensor } from '@softvq/core';
import { euler, eulerMaruyama, heun } from '../../src/samplers/index.js';
import { SiT, type SiTOptions } from '../../src/sit.js';
import { collect } from '../collect.js';
import { recordedImages, recordedRandom } from '../recorded-random.js';
import { figure, type GoldenFigure } from './figure.js';
import type { Golden } from './golden-file.js';
import { lossAndGradients } from './training.js';

type Path = 'linear' | 'cosine';

interface SamplerCase {
  readonly mode: 'ode' | 'sde';
  readonly path: Path;
  readonly cfg: number;
  readonly guidance_low: number;
  readonly guidance_high: number;
  readonly heun: boolean;
  readonly steps: number;
}

/** The SiT of a golden file with its weights. */
export function goldenSiT({ config, group }: Golden, options: Partial<SiTOptions> = {}): SiT {
  const sit = new SiT({
    latentShape: [config['input_size']!, config['in_channels']!],
    width: config['hidden_size']!,
    depth: config['depth']!,
    heads: config['num_heads']!,
    classes: config['num_classes']!,
    ...options,
  });
  sit.loadStateDict(group('weight.'));
  return sit;
}

/** What `sit-samplers` was sampled with, in the order of its cases. */
export function samplerCases({ metadata }: Golden): readonly SamplerCase[] {
  return JSON.parse(metadata['cases']!) as readonly SamplerCase[];
}

/** Samples cases of `sit-samplers`, all of one path. */
export async function sitSamplingFigures(
  golden: Golden,
  numbers: readonly number[],
  backend: Backend,
): Promise<GoldenFigure[]> {
  const cases = samplerCases(golden);
  const labels = Array.from((await golden.tensor('input.y').host()).data, Number);
  const { data: noise } = await golden.tensor('input.z').host();
  const sit = goldenSiT(golden, { path: cases[numbers[0]!]!.path });
  const figures: GoldenFigure[] = [];
  for (const number of numbers) {
    const each = cases[number]!;
    const draws = await golden.draws(`case${number}.`);
    const { latents } = await collect(
      sit.sample({
        labels,
        steps: each.steps,
        sampler: each.mode === 'sde' ? eulerMaruyama() : each.heun ? heun() : euler(),
        guidance: { scale: each.cfg, interval: [each.guidance_low, each.guidance_high] },
        random: recordedImages([noise, ...draws], labels.length),
        backend,
      }),
    );
    const name = `case${number}.output`;
    figures.push(await figure(name, 'loop', latents, golden.tensor(name)));
  }
  await sit.dispose();
  return figures;
}

/** The loss of `sit` on a path and all its gradients. */
export async function sitLossFigures(
  golden: Golden,
  { path, times }: { readonly path: Path; readonly times: 'uniform' | 'lognormal' },
  backend: Backend,
): Promise<GoldenFigure[]> {
  const sit = goldenSiT(golden, { path, times });
  const prefix = `loss.${path}.${times}.`;
  const [time, noise] = await golden.draws(prefix);
  const kept = new Float32Array(3).fill(0.5);
  const source: RandomSource = recordedRandom(
    times === 'uniform'
      ? { uniform: [time!, kept], normal: [noise!] }
      : { uniform: [kept], normal: [time!, noise!] },
  );
  const batch = {
    latents: golden.tensor('input.x'),
    labels: await golden.integers('input.y'),
    draws: sit.drawLoss(3, source),
  };
  const { value, gradient } = await lossAndGradients(sit, batch, backend);
  const perSample = (await golden.tensor(`${prefix}per_sample`).host()).data as Float32Array;
  const mean = tensor(perSample.reduce((sum, each) => sum + each, 0) / 3);
  const figures = [await figure(`${prefix}per_sample`, 'output', value, mean)];
  for (const [name, expected] of golden.group(`${prefix}grad.`)) {
    figures.push(await figure(`${prefix}grad.${name}`, 'gradient', gradient[name]!, expected));
  }
  return figures;
}
