import { type AnyGenerator, memory, SoftVQError } from '@softvq/core';
import { type Check, checksOf } from './check.js';
import { type DrawOptions, draw, expectThat, sampling } from './drawn.js';
import type { GeneratorSubject } from './generator-options.js';

/** That sampling stops when it shall, cleans up, and does not begin with what cannot be right. */
export function generatorStopping<G extends AnyGenerator>(): Check<GeneratorSubject<G>>[] {
  return checksOf<GeneratorSubject<G>>('stopping', {
    'a signal stops within one step and frees everything': async ({ create, steps }) => {
      await expectNothingLeft(await create(), steps, async (generator) => {
        const controller = new AbortController();
        const reason = new Error('stopped by the conformance kit');
        let later = 0;
        try {
          for await (const event of sampling(generator, { count: 2, steps, signal: controller.signal })) {
            if (controller.signal.aborted) later += 1;
            if (event.type === 'step') controller.abort(reason);
          }
        } catch (error) {
          expectThat(error === reason, `sampling threw ${String(error)} and not the reason of the signal`);
          expectThat(later <= 1, `${later} events came after the signal`);
          return;
        }
        throw new Error('sampling went on after the signal');
      });
    },

    'leaving the loop frees everything': async ({ create, steps }) => {
      await expectNothingLeft(await create(), steps, async (generator) => {
        for await (const event of sampling(generator, { count: 3, batchSize: 1, steps })) {
          if (event.type === 'step' && event.batch === 1) break;
        }
      });
    },

    'a whole run leaves nothing but the latents': async ({ create, steps }) => {
      await expectNothingLeft(await create(), steps, async (generator) => {
        await draw(generator, { labels: [0, null], steps, guidance: { scale: 2 } });
      });
    },

    'wrong options are refused before anything runs': async ({ create, steps }) => {
      const generator = await create();
      const { classes } = generator;
      const wrong: Readonly<Record<string, DrawOptions>> = {
        'a negative label': { labels: [-1] },
        'a label out of range': { labels: [0, classes] },
        'half a label': { labels: [0.5] },
        'no labels': { labels: [] },
        'neither labels nor a count': {},
        'labels and a count': { labels: [0], count: 1 },
        'no steps': { count: 1, steps: 0 },
        'a negative seed': { count: 1, seed: -1 },
        'an unknown sampler': { count: 1, sampler: 'no such sampler' },
        'a negative scale': { count: 1, guidance: { scale: -1 } },
        'an interval that ends before it begins': { count: 1, guidance: { scale: 2, interval: [0.9, 0.1] } },
      };
      for (const [what, options] of Object.entries(wrong)) {
        await expectRefused(generator, { steps, ...options }, what);
      }
    },

    'dispose() frees what was compiled, and sampling works again': async ({ create, steps }) => {
      const generator = await create();
      await draw(generator, { count: 1, steps });
      await generator.dispose();
      await draw(generator, { count: 1, steps });
      await generator.dispose();
    },
  });
}

async function expectNothingLeft<G extends AnyGenerator>(
  generator: G,
  steps: number,
  run: (generator: G) => Promise<void>,
): Promise<void> {
  // Once without counting: what is made once and kept is there then.
  await draw(generator, { labels: [0, null], steps, guidance: { scale: 2 } });
  const before = memory();
  await run(generator);
  const after = memory();
  expectThat(
    after.tensors <= before.tensors && after.bytes <= before.bytes,
    `${after.tensors - before.tensors} tensors of ${after.bytes - before.bytes} bytes are left`,
  );
  await generator.dispose();
}

async function expectRefused(generator: AnyGenerator, options: DrawOptions, what: string): Promise<void> {
  try {
    const first = await sampling(generator, options).next();
    throw new Error(`${what} was not refused: ${JSON.stringify(first.value?.type)} came`);
  } catch (error) {
    if (error instanceof SoftVQError && error.code === 'argument') return;
    throw new Error(`${what} must be refused by an ArgumentError`, { cause: error });
  }
}
