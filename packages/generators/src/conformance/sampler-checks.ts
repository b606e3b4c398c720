import { type AnyGenerator, type AnySampler, memory, type Process } from '@softvq/core';
import { type Check, checksOf } from './check.js';
import { draw, expectDifferent, expectSame, expectThat, sampling } from './drawn.js';
import { GaussianGenerator } from './gaussian-generator.js';

/** What the checks work with. */
export interface SamplerSubject {
  readonly create: () => AnySampler;
  readonly steps: number | undefined;
  readonly bias: number;
}

/** Of the data. */
const mean = 0.6;
const deviation = 1;
const latentShape = [8, 8];

/** Processes that a sampler may meet. */
function processesOf({ integrates }: AnySampler): Process[] {
  const diffusion = { kind: 'diffusion', schedule: 'cosine', trainingSteps: 1000 } as const;
  if (integrates === 'diffusion') {
    // Of data with deviation 1 the upper bound of the variance is exact.
    return [
      { ...diffusion, variance: 'fixed-large' },
      { ...diffusion, variance: 'learned-range' },
    ];
  }
  const predictions = ['velocity', 'noise', 'score'] as const;
  return predictions.map((prediction) => ({ kind: 'interpolant', path: 'linear', prediction }));
}

function gaussian(process: Process): AnyGenerator {
  const options = { latentShape, mean, deviation, variance: 1 };
  return process.kind === 'diffusion'
    ? new GaussianGenerator<'diffusion'>({ ...options, process })
    : new GaussianGenerator<'interpolant'>({ ...options, process });
}

export function samplerChecks(): Check<SamplerSubject>[] {
  return checksOf<SamplerSubject>('sampler', {
    'what it says of itself': async ({ create }) => {
      const sampler = create();
      const { specVersion, name, integrates, adaptive, defaultSteps } = sampler;
      expectThat(specVersion === 1, `specVersion is ${String(specVersion)} and must be 1`);
      expectThat(/^[a-z0-9][a-z0-9-]*$/.test(name), `the name "${name}" must be short and lower case`);
      expectThat(
        integrates === 'diffusion' || integrates === 'interpolant',
        `integrates is "${String(integrates)}"`,
      );
      expectThat(typeof adaptive === 'boolean', 'adaptive must be true or false');
      expectThat(Number.isSafeInteger(defaultSteps) && defaultSteps > 0, `defaultSteps is ${defaultSteps}`);
    },

    'normal data come out with the right mean and deviation': async ({ create, steps, bias }) => {
      const sampler = create();
      for (const process of processesOf(sampler)) {
        const generator = gaussian(process);
        const { images } = await draw(generator, {
          count: sampler.adaptive ? 16 : 64,
          sampler,
          ...some(steps),
        });
        await generator.dispose();
        const values = images.flatMap((each) => [...each]);
        const average = values.reduce((sum, each) => sum + each, 0) / values.length;
        const spread = Math.sqrt(
          values.reduce((sum, each) => sum + (each - average) ** 2, 0) / (values.length - 1),
        );
        // Four and a half standard errors.
        const chance = (4.5 * deviation) / Math.sqrt(values.length);
        const what = JSON.stringify(process);
        expectThat(
          Math.abs(average - mean) <= chance + bias,
          `the mean is ${average.toFixed(3)} and must be ${mean}: ${what}`,
        );
        expectThat(
          Math.abs(spread - deviation) <= chance / Math.SQRT2 + bias,
          `the deviation is ${spread.toFixed(3)} and must be ${deviation}: ${what}`,
        );
      }
    },

    'an image depends on its own noise only': async ({ create, steps }) => {
      const sampler = create();
      const generator = gaussian(processesOf(sampler)[0]!);
      const together = await draw(generator, { count: 3, sampler, ...some(steps) });
      const alone = await draw(generator, { count: 1, firstIndex: 2, sampler, ...some(steps) });
      const other = await draw(generator, { count: 1, firstIndex: 2, seed: 1, sampler, ...some(steps) });
      await generator.dispose();
      expectSame(alone.images[0]!, together.images[2]!, 'an image alone');
      expectDifferent(other.images[0]!, together.images[2]!, 'images of other seeds');
    },

    'it takes the steps it is asked for and evaluates the network': async ({ create, steps }) => {
      const sampler = create();
      const generator = gaussian(processesOf(sampler)[0]!);
      const asked = steps ?? sampler.defaultSteps;
      const { events, evaluations } = await draw(generator, { count: 1, sampler, ...some(steps) });
      await generator.dispose();
      const taken = events.filter((event) => event.type === 'step').length;
      expectThat(
        sampler.adaptive ? taken <= asked : taken === asked,
        `it took ${taken} steps and was asked for ${asked}`,
      );
      expectThat(evaluations > 0, 'it never evaluated the network');
    },

    'previews are finite': async ({ create, steps }) => {
      const sampler = create();
      const generator = gaussian(processesOf(sampler)[0]!);
      const events = sampling(generator, { count: 1, sampler, previews: true, ...some(steps) });
      for await (const event of events) {
        if (event.type === 'done') event.latents.dispose();
        if (event.type !== 'step') continue;
        const numbers = Array.from(await event.preview!.data(), Number);
        expectThat(numbers.every(Number.isFinite), `the preview of step ${event.step} is not finite`);
        event.preview!.dispose();
      }
      await generator.dispose();
    },

    'it stops at once and leaves nothing': async ({ create, steps }) => {
      const sampler = create();
      const generator = gaussian(processesOf(sampler)[0]!);
      await draw(generator, { count: 1, sampler, ...some(steps) });
      const before = memory().tensors;
      await draw(generator, { count: 1, sampler, ...some(steps) });
      expectThat(memory().tensors <= before, `${memory().tensors - before} tensors are left after a run`);
      for await (const event of sampling(generator, { count: 1, sampler, ...some(steps) })) {
        if (event.type === 'step') break;
      }
      expectThat(memory().tensors <= before, `${memory().tensors - before} tensors are left after stopping`);
      await generator.dispose();
    },
  });
}

function some(steps: number | undefined): { readonly steps?: number } {
  return steps === undefined ? {} : { steps };
}
