import type { Precision } from '@softvq/core';
import { presets, SiT } from '@softvq/generators';
import { nextStep } from '../next-step.js';
import { withRandomWeights } from '../random-weights.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

/** Layers of which little is computed and much depends: the first, the last, and those that modulate others. */
const sensitive = ['x_embedder', 't_embedder', 'final_layer', /adaLN_modulation/];

const rounds = 9;
const warmup = 2;

/** A guided step of SiT-XL with random weights, its products in int8, against the same step in float32. */
export async function benchPrecision(): Promise<void> {
  for (const latentShape of [
    [64, 32],
    [32, 64],
  ] as const) {
    const model = withRandomWeights(new SiT({ ...presets['sit-xl'], latentShape }));
    const stepsIn = (precision: Precision) =>
      model.sample({
        labels: [207],
        steps: 4 * (rounds + warmup),
        guidance: { scale: 1.75 },
        sampler: 'euler-maruyama',
        precision,
      });
    const runs = {
      float32: stepsIn('float32'),
      int8: stepsIn('int8'),
      mixed: stepsIn({ compute: 'int8', keep: sensitive }),
    };
    // A rate in steps a second is one of 10⁹ operations a step.
    const flops = 1e9;
    const { float32, int8, mixed } = await timeInTurn(
      {
        float32: { run: () => nextStep(runs.float32), flops },
        int8: { run: () => nextStep(runs.int8), flops },
        mixed: { run: () => nextStep(runs.mixed), flops },
      },
      { rounds, warmup },
    );
    const what = `SiT-XL, ${latentShape[0]} tokens: guided step`;
    reportShare(`${what}, int8 against float32`, int8.gigaflops, float32.gigaflops, 'steps/s', 2);
    reportShare(
      `${what}, int8 but for the first, last and modulating layers`,
      mixed.gigaflops,
      float32.gigaflops,
      'steps/s',
      2,
    );
    for (const run of Object.values(runs)) await run.return();
    await model.dispose();
  }
}
