import type { AnyGenerator, RandomSource } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type Check, checksOf } from './check.js';
import { draw, expectDifferent, expectSame, expectThat } from './drawn.js';
import type { GeneratorSubject } from './generator-options.js';

/** That images depend on what they shall depend on, and on nothing else. */
export function generatorSampling<G extends AnyGenerator>(): Check<GeneratorSubject<G>>[] {
  return checksOf<GeneratorSubject<G>>('sampling', {
    'latents have the announced shape': async ({ create, steps }) => {
      const generator = await create();
      const { shape, dtype, images } = await draw(generator, { count: 2, steps });
      const expected = [2, ...generator.latentShape];
      expectThat(
        dtype === 'float32' && JSON.stringify(shape) === JSON.stringify(expected),
        `latents are ${dtype}[${shape}] and must be float32[${expected}]`,
      );
      for (const each of images) expectThat(each.every(Number.isFinite), 'latents are not finite');
      await generator.dispose();
    },

    'the same seed gives the same image, whatever is drawn with it': async ({ create, steps }) => {
      const generator = await create();
      const labels = [0, generator.classes - 1, null, 0];
      const shared = { seed: 5, steps, guidance: { scale: 1.5 } };
      const together = await draw(generator, { ...shared, labels });
      const split = await draw(generator, { ...shared, labels, batchSize: 3 });
      for (const i of [3, 1, 0, 2]) {
        const alone = await draw(generator, { ...shared, labels: [labels[i]!], firstIndex: i });
        expectSame(split.images[i]!, together.images[i]!, `image ${i} in batches of 3`);
        expectSame(alone.images[0]!, together.images[i]!, `image ${i} alone`);
      }
      await generator.dispose();
    },

    'another seed, index or class gives another image': async ({ create, steps }) => {
      const generator = await create();
      const first = await draw(generator, { labels: [0], steps });
      const others = {
        'images of other seeds': { labels: [0], seed: 1 },
        'images of other indices': { labels: [0], firstIndex: 1 },
        'images of no class': { count: 1 },
      };
      for (const [what, options] of Object.entries(others)) {
        const other = await draw(generator, { ...options, steps });
        expectDifferent(other.images[0]!, first.images[0]!, what);
      }
      await generator.dispose();
    },

    'guidance of scale 1 is none, and a larger one is some': async ({ create, steps }) => {
      const generator = await create();
      const options = { labels: [0, null], steps };
      const plain = await draw(generator, options);
      const one = await draw(generator, { ...options, guidance: { scale: 1 } });
      const strong = await draw(generator, { ...options, guidance: { scale: 4 } });
      for (const i of [0, 1]) expectSame(one.images[i]!, plain.images[i]!, 'guidance of scale 1');
      expectDifferent(strong.images[0]!, plain.images[0]!, 'guided images');
      expectSame(strong.images[1]!, plain.images[1]!, 'guidance of an image without a class');
      await generator.dispose();
    },

    'random numbers come from where they are told to': async ({ create, steps }) => {
      const generator = await create();
      const asked: number[] = [];
      const random = (index: number): RandomSource => {
        asked.push(index);
        return new RandomStream({ seed: 9, name: 'conformance', index });
      };
      const options = { count: 2, firstIndex: 4, steps, random };
      const first = await draw(generator, options);
      expectThat(asked.join() === '4,5', `random() was asked for images ${asked} and must be for 4,5`);
      const again = await draw(generator, { ...options, seed: 123 });
      for (const i of [0, 1]) expectSame(again.images[i]!, first.images[i]!, 'the same random numbers');
      await generator.dispose();
    },

    'events tell of batches and steps in order': async ({ create, steps }) => {
      const generator = await create();
      const { events } = await draw(generator, { count: 3, batchSize: 2, steps, previews: true });
      const [start, ...rest] = events;
      expectThat(
        start?.type === 'start' && start.images === 3 && start.batches >= 2,
        `the first event must be the start of 3 images in 2 batches or more: ${JSON.stringify(start)}`,
      );
      let batch = 0;
      let step = 0;
      let evaluations = 0;
      for (const event of rest.slice(0, -1)) {
        if (event.type !== 'step') throw new Error(`an event "${event.type}" came among the steps`);
        if (event.batch === batch + 1) [batch, step, evaluations] = [event.batch, 0, 0];
        expectThat(
          event.batch === batch && event.step === step + 1 && event.evaluations >= evaluations,
          `step ${step} of batch ${batch} is followed by step ${event.step} of batch ${event.batch}`,
        );
        const { shape } = event.preview ?? {};
        expectThat(
          JSON.stringify(shape?.slice(1)) === JSON.stringify(generator.latentShape),
          `a preview has the shape ${JSON.stringify(shape)}`,
        );
        [step, evaluations] = [event.step, event.evaluations];
      }
      await generator.dispose();
    },
  });
}
