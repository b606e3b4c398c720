import {
  type AnyGenerator,
  type Generator,
  type HostArray,
  type LossDraws,
  type Tensor,
  tensor,
  valueAndGrad,
  withCompiled,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { type Check, checksOf } from './check.js';
import { draw, expectDifferent, expectSame, expectThat } from './drawn.js';
import type { GeneratorSubject, WithoutGradient } from './generator-options.js';

const batch = 4;
/** Labels are dropped now and then: only over some batches does everything get a gradient. */
const batches = 8;

/** That it can be trained, saved and copied. */
export function generatorTraining<G extends AnyGenerator>(): Check<GeneratorSubject<G>>[] {
  return checksOf<GeneratorSubject<G>>('training', {
    'the loss is a finite scalar that depends on the draws alone': async ({ create }) => {
      const generator = await create();
      const [first, again, other] = await losses(generator, [0, 0, 1]);
      expectThat(Number.isFinite(first), `the loss is ${first}`);
      expectThat(first === again, `the same draws give the losses ${first} and ${again}`);
      expectThat(first !== other, 'other draws give the same loss');
    },

    'every trainable parameter gets a gradient': async ({ create, options }) => {
      const generator = await create();
      const { withoutGradient = [] } = options;
      const parameters = { ...generator.parameters() };
      assertExceptions(withoutGradient, parameters);
      const reached = new Map<string, boolean>();
      const compute = ({ variables, ...input }: LossInput & { variables: Record<string, Tensor> }) =>
        valueAndGrad((each: Record<string, Tensor>) => lossOf(generator.with(each), input))(variables)
          .gradient;
      await withCompiled(compute, {}, async (run) => {
        for (let seed = 0; seed < batches; seed++) {
          const gradient = await run({ variables: parameters, ...lossInput(generator, seed) });
          for (const [name, each] of Object.entries(gradient)) {
            const numbers = Array.from((await each.data()) as HostArray, Number);
            expectThat(numbers.every(Number.isFinite), `the gradient of "${name}" is not finite`);
            reached.set(name, (reached.get(name) ?? false) || numbers.some((number) => number !== 0));
            each.dispose();
          }
        }
      });
      const excepted = new Set(withoutGradient.map(({ parameter }) => parameter));
      const complaints = [...reached].flatMap(([name, got]) => {
        if (got === !excepted.has(name)) return [];
        return got ? `"${name}" is said to get no gradient and gets one` : `"${name}" gets no gradient`;
      });
      expectThat(complaints.length === 0, complaints.join('; '));
    },

    'a copy with other tensors draws other images and leaves this one alone': async ({ create, steps }) => {
      const generator = await create();
      const before = await draw(generator, { count: 1, steps });
      const copy = generator.with(
        Object.fromEntries(
          Object.entries(generator.parameters()).map(([name, each]) => [name, each.mul(0.5)]),
        ),
      );
      const other = await draw(copy, { count: 1, steps });
      const after = await draw(generator, { count: 1, steps });
      expectDifferent(other.images[0]!, before.images[0]!, 'images of a copy with other weights');
      expectSame(after.images[0]!, before.images[0]!, 'the original after a copy was made');
      await generator.dispose();
      await copy.dispose();
    },

    'what is loaded draws what was saved': async ({ create, steps, options }) => {
      const saved = await create();
      const loaded = await options.roundTrip(saved);
      const drawOptions = { labels: [0, null], steps, guidance: { scale: 2 } };
      const before = await draw(saved, drawOptions);
      const after = await draw(loaded, drawOptions);
      for (const i of [0, 1]) expectSame(after.images[i]!, before.images[i]!, 'images after loading');
      const [loss] = await losses(saved, [3]);
      const [lossAfter] = await losses(loaded, [3]);
      expectThat(Math.abs(lossAfter! / loss! - 1) < 1e-5, `the loss was ${loss} and is ${lossAfter}`);
      await saved.dispose();
      await loaded.dispose();
    },
  });
}

interface LossInput {
  readonly latents: Tensor;
  readonly labels: Tensor;
  readonly draws: LossDraws;
}

function lossOf(generator: Pick<Generator, 'loss'>, { latents, labels, draws }: LossInput): Tensor {
  return generator.loss(latents, labels, draws);
}

function lossInput(generator: AnyGenerator, seed: number): LossInput {
  const shape = [batch, ...generator.latentShape];
  const count = shape.reduce((product, size) => product * size, 1);
  const random = (name: string) => new RandomStream({ seed, name });
  return {
    latents: tensor(random('latents').normal(count), { shape }),
    labels: tensor(random('labels').integers(batch, { high: generator.classes })),
    draws: generator.drawLoss(batch, random('loss')),
  };
}

async function losses(generator: AnyGenerator, seeds: readonly number[]): Promise<number[]> {
  return withCompiled(
    (input: LossInput) => ({ loss: lossOf(generator, input) }),
    {},
    async (run) => {
      const values: number[] = [];
      for (const seed of seeds) values.push(await (await run(lossInput(generator, seed))).loss.item());
      return values;
    },
  );
}

/** @throws Error for an exception without a reason, or one that names no parameter. */
function assertExceptions(
  exceptions: readonly WithoutGradient[],
  parameters: Readonly<Record<string, Tensor>>,
): void {
  for (const { parameter, reason } of exceptions) {
    expectThat(reason.trim() !== '', `no reason is given why "${parameter}" gets no gradient`);
    expectThat(Object.hasOwn(parameters, parameter), `there is no trainable "${parameter}"`);
  }
}
