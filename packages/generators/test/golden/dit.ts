import { type Backend, compile, type LossDraws, type Tensor, tensor } from '@softvq/core';
import { diffusionLossTerms, noisedLatents } from '../../src/diffusion/loss.js';
import { DiT, type DiTOptions } from '../../src/dit.js';
import { ddim, ddpm } from '../../src/samplers/index.js';
import { collect } from '../collect.js';
import { recordedImages, recordedRandom } from '../recorded-random.js';
import { figure, type GoldenFigure } from './figure.js';
import type { Golden } from './golden-file.js';
import { lossAndGradients } from './training.js';

export const schedules = ['linear', 'cosine'] as const;
export type Schedule = (typeof schedules)[number];

/** The DiT of a golden file with its weights. */
export function goldenDiT({ config, group }: Golden, options: Partial<DiTOptions> = {}): DiT {
  const dit = new DiT({
    latentShape: [config['input_size']!, config['in_channels']!],
    width: config['hidden_size']!,
    depth: config['depth']!,
    heads: config['num_heads']!,
    classes: config['num_classes']!,
    ...options,
  });
  dit.loadStateDict(group('weight.'));
  return dit;
}

/** A guided sampling loop of ten steps: ancestral (`10`) or DDIM (`ddim10`). */
export async function ditSamplingFigure(
  golden: Golden,
  { schedule, respacing }: { readonly schedule: Schedule; readonly respacing: '10' | 'ddim10' },
  backend: Backend,
): Promise<GoldenFigure> {
  const dit = goldenDiT(golden, { schedule });
  const images = 2;
  const labels = Array.from((await golden.tensor('cfg.y').host()).data, Number).slice(0, images);
  const { data: start } = await golden.tensor('cfg.x').host();
  const prefix = `sample.${schedule}.${respacing}.`;
  const { latents, evaluations } = await collect(
    dit.sample({
      labels,
      steps: 10,
      sampler: respacing === '10' ? ddpm() : ddim({ respacing }),
      guidance: { scale: 1.75 },
      // Unconditional halves have random numbers of their own, of which nothing is left.
      random: recordedImages([start, ...(await golden.draws(prefix))], 2 * images),
      backend,
    }),
  );
  if (evaluations !== 10) throw new Error(`ten steps evaluated the network ${evaluations} times`);
  const expected = golden.tensor(`${prefix}output`).slice([{ stop: images }]);
  const result = await figure(`${prefix}output`, 'loop', latents, expected);
  await dit.dispose();
  return result;
}

/** The terms of the loss of a schedule, the loss, and its gradients where the file has them. */
export async function ditLossFigures(
  golden: Golden,
  schedule: Schedule,
  backend: Backend,
): Promise<GoldenFigure[]> {
  const dit = goldenDiT(golden, { schedule });
  const prefix = `loss.${schedule}.`;
  const data = golden.tensor('input.x');
  const labels = await golden.integers('input.y');
  const [noise] = await golden.draws(prefix);
  const { data: timesteps } = await golden.tensor(`${prefix}t`).host();
  const draws = dit.drawLoss(
    3,
    recordedRandom({ integers: [timesteps], normal: [noise!], uniform: [Float32Array.of(0.2, 0.5, 0.9)] }),
  );
  const terms = compile(
    (input: { draws: LossDraws; labels: Tensor }) => {
      const noised = { data, noise: input.draws['noise']!, timesteps: input.draws['timesteps']! };
      const prediction = dit.forward(
        noisedLatents(dit.process, noised),
        noised.timesteps.cast('float32'),
        input.labels,
      );
      return diffusionLossTerms(dit.process, noised, prediction);
    },
    { backend },
  );
  const { squaredError, variational } = await terms({ draws, labels });
  const figures = [
    await figure(`${prefix}mse`, 'output', squaredError, golden.tensor(`${prefix}mse`)),
    await figure(`${prefix}vb`, 'output', variational!, golden.tensor(`${prefix}vb`)),
  ];
  await terms.dispose();

  const { value, gradient } = await lossAndGradients(dit, { latents: data, labels, draws }, backend);
  const perSample = (await golden.tensor(`${prefix}loss`).host()).data as Float32Array;
  const mean = tensor(perSample.reduce((sum, each) => sum + each, 0) / 3);
  figures.push(await figure(`${prefix}loss`, 'output', value, mean));
  for (const [name, expected] of golden.group(`${prefix}grad.`)) {
    figures.push(await figure(`${prefix}grad.${name}`, 'gradient', gradient[name]!, expected));
  }
  return figures;
}
