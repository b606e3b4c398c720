import type { Tokenizer } from '@softvq/core';
import { type Check, checksOf, type FullWorkbench } from './check.js';
import { bothWays, compute } from './compute.js';
import { expectSameBits } from './expectations.js';
import { noiseImages } from './images.js';

/** That what is loaded is what was saved. */
export function saving<T extends Tokenizer>(): Check<FullWorkbench<T>>[] {
  return checksOf<FullWorkbench<T>>('saving', {
    'outputs survive, bit for bit': async ({ backend, create, options }) => {
      const saved = await create();
      const loaded = await options.roundTrip(saved);
      const input = noiseImages(saved, 2);
      const expected = await compute(backend, input, bothWays(saved));
      expectSameBits(await compute(backend, input, bothWays(loaded)), expected, 'after loading');
    },

    'latent statistics survive': async ({ create, options }) => {
      const saved = await create();
      const loaded = await options.roundTrip(saved);
      const [before, after] = [saved, loaded].map(({ latentStatistics: given }) =>
        given === undefined ? 'none' : `mean ${given.mean}, deviation ${given.std}`,
      );
      if (after !== before) throw new Error(`the latent statistics were ${before} and are ${after}`);
    },
  });
}
