import { type Tensor, type Tokenizer, withCompiled } from '@softvq/core';
import { checksOf } from './check.js';
import { bothWays, compute, hostRecord } from './compute.js';
import { expectClose, expectFinite, expectSameBits } from './expectations.js';
import { noiseImage, noiseImages, plainImage } from './images.js';

const largeBatch = 7;

/** That results depend on the image alone: not on the call, the batch or the way of compiling. */
export const repeatability = checksOf('repeatability', {
  'the same input gives the same output': async ({ backend, create }) => {
    const tokenizer = await create();
    const input = noiseImages(tokenizer, 2);
    const first = await withCompiled(bothWays(tokenizer), { backend }, async (run) => {
      const once = await hostRecord(await run(input));
      expectSameBits(await hostRecord(await run(input)), once, 'a second call');
      return once;
    });
    // Tracing runs the tokenizer's code again: numbers drawn there change from one compilation to the next.
    expectSameBits(await compute(backend, input, bothWays(tokenizer)), first, 'a second compilation');
  },

  'an image does not depend on its batch': async ({ backend, create }) => {
    const tokenizer = await create();
    const input = noiseImages(tokenizer, largeBatch);
    const results = await withCompiled(imageByImage(tokenizer), { backend }, async (run) =>
      Promise.all((await run(input)).map(hostRecord)),
    );
    await withCompiled(bothWays(tokenizer), { backend }, async (run) => {
      for (const [i, result] of results.entries()) {
        const expected = await hostRecord(await run(noiseImage(tokenizer, i)));
        expectClose(result, expected, `image ${i} of ${largeBatch}`);
      }
    });
  },

  'one compilation serves every batch size': async ({ backend, create }) => {
    const tokenizer = await create();
    const fn = ({ images }: { images: Tensor }) => bothWays(tokenizer)(images);
    await withCompiled(fn, { backend, dynamic: { images: ['batch'] } }, async (run) => {
      for (const batch of [1, 3]) {
        const images = noiseImages(tokenizer, batch);
        const expected = await compute(backend, images, bothWays(tokenizer));
        expectClose(await hostRecord(await run({ images })), expected, `a batch of ${batch}`);
      }
      if (run.compilations !== 1) throw new Error(`${run.compilations} compilations were needed`);
    });
  },

  'outputs are finite': async ({ backend, create }) => {
    const tokenizer = await create();
    const inputs = {
      noise: noiseImage(tokenizer, 0),
      black: plainImage(tokenizer, -1),
      grey: plainImage(tokenizer, 0),
      white: plainImage(tokenizer, 1),
    };
    await withCompiled(bothWays(tokenizer), { backend }, async (run) => {
      for (const [name, images] of Object.entries(inputs)) {
        expectFinite(await hostRecord(await run(images)), name);
      }
    });
  },
});

/** What a tokenizer makes of a batch, taken apart again. */
function imageByImage(tokenizer: Tokenizer): (images: Tensor) => Readonly<Record<string, Tensor>>[] {
  return (images) => {
    const results = Object.entries(bothWays(tokenizer)(images));
    return Array.from({ length: largeBatch }, (_, i) =>
      Object.fromEntries(
        results.map(([name, each]) => [name, each.slice([{ start: i, stop: i + 1 }])] as const),
      ),
    );
  };
}
