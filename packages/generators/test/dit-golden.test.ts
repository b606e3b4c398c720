import {
  type Backend,
  compile,
  type LossDraws,
  setDefaultBackend,
  type Tensor,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diffusionLossTerms, noisedLatents } from '../src/diffusion/loss.js';
import { DiT, type DiTOptions } from '../src/dit.js';
import { ddim, ddpm } from '../src/samplers/index.js';
import { collect } from './collect.js';
import { backends, disposeAll, type Golden, openGolden, relativeError, tolerance } from './golden.js';
import { recordedImages, recordedRandom } from './recorded-random.js';

function goldenDiT({ config, group }: Golden, options: Partial<DiTOptions>): DiT {
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

const schedules = ['linear', 'cosine'] as const;

describe.each(backends)('DiT on %s', (_, factory) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await factory();
    setDefaultBackend(backend);
  });
  afterAll(() => backend.dispose());

  it.each(schedules)('samples as the golden loops of the %s schedule', async (schedule) => {
    const golden = await openGolden('dit');
    const dit = goldenDiT(golden, { schedule });
    const images = 2;
    const labels = Array.from((await golden.tensor('cfg.y').host()).data, Number).slice(0, images);
    const { data: start } = await golden.tensor('cfg.x').host();
    for (const [respacing, sampler] of [
      ['10', ddpm()],
      ['ddim10', ddim({ respacing: 'ddim10' })],
    ] as const) {
      const prefix = `sample.${schedule}.${respacing}.`;
      const { latents, evaluations } = await collect(
        dit.sample({
          labels,
          steps: 10,
          sampler,
          guidance: { scale: 1.75 },
          // Unconditional halves have random numbers of their own, of which nothing is left.
          random: recordedImages([start, ...(await golden.draws(prefix))], 2 * images),
          backend,
        }),
      );
      expect(evaluations).toBe(10);
      const expected = golden.tensor(`${prefix}output`).slice([{ stop: images }]);
      expect(await relativeError(latents, expected), prefix).toBeLessThan(tolerance.loop);
      latents.dispose();
    }
    await dit.dispose();
  });

  it.each(schedules)('computes the golden losses of the %s schedule', async (schedule) => {
    const golden = await openGolden('dit');
    const dit = goldenDiT(golden, { schedule });
    const prefix = `loss.${schedule}.`;
    const data = golden.tensor('input.x');
    const labels = golden.integers('input.y');
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
    expect(await relativeError(squaredError, golden.tensor(`${prefix}mse`))).toBeLessThan(tolerance.output);
    expect(await relativeError(variational!, golden.tensor(`${prefix}vb`))).toBeLessThan(tolerance.output);
    squaredError.dispose();
    variational!.dispose();
    await terms.dispose();

    const train = compile(
      (input: { parameters: TensorRecord; labels: Tensor; draws: LossDraws }) =>
        valueAndGrad((p: TensorRecord) => dit.with(p).loss(data, input.labels, input.draws))(
          input.parameters,
        ),
      { backend },
    );
    const result = await train({ parameters: dit.parameters(), labels, draws });
    const perSample = (await golden.tensor(`${prefix}loss`).host()).data as Float32Array;
    const expected = perSample.reduce((sum, each) => sum + each, 0) / 3;
    expect(Math.abs((await result.value.item()) / expected - 1)).toBeLessThan(tolerance.output);
    const gradients = golden.group(`${prefix}grad.`);
    expect(gradients.size).toBe(schedule === 'linear' ? Object.keys(dit.parameters()).length : 0);
    for (const [name, gradient] of gradients) {
      expect(await relativeError(result.gradient[name]!, gradient), name).toBeLessThan(tolerance.gradient);
    }
    disposeAll(result);
    await train.dispose();
  });
});
