import { type HostArray, type Tensor, type Tokenizer, valueAndGrad, withCompiled } from '@softvq/core';
import { reconstructionLoss } from '../losses/reconstruction.js';
import { type Check, checksOf, type FullWorkbench } from './check.js';
import { hostRecord } from './compute.js';
import { noiseImages } from './images.js';
import type { WithoutGradient } from './options.js';

/** That training can reach what it is said to change. */
export function gradients<T extends Tokenizer>(): Check<FullWorkbench<T>>[] {
  return checksOf<FullWorkbench<T>>('gradients', {
    'every trainable parameter gets one': async ({ backend, create, options }) => {
      const tokenizer = await create();
      const parameters = { ...tokenizer.parameters() };
      const { losses, withoutGradient = [] } = options;
      assertExceptions(withoutGradient, parameters);
      const lossOf = (variables: Record<string, Tensor>, images: Tensor): Tensor => {
        const model = tokenizer.with(variables);
        const ofPixels = reconstructionLoss(model.reconstruct(images), images);
        return losses === undefined ? ofPixels : ofPixels.add(losses(model, images));
      };
      const input = { parameters, images: noiseImages(tokenizer, 2) };
      const gradient = await withCompiled(
        ({ parameters, images }: typeof input) => valueAndGrad(lossOf)(parameters, images).gradient,
        { backend },
        async (run) => hostRecord(await run(input)),
      );
      const excepted = new Set(withoutGradient.map(({ parameter }) => parameter));
      const complaints = Object.entries(gradient).flatMap(
        ([name, { data }]) => complaintOf(name, data, excepted.has(name)) ?? [],
      );
      if (complaints.length > 0) throw new Error(complaints.join('; '));
    },
  });
}

function complaintOf(name: string, data: HostArray, excepted: boolean): string | undefined {
  const numbers = Array.from(data, Number);
  if (!numbers.every(Number.isFinite)) return `the gradient of "${name}" is not finite`;
  const reached = numbers.some((each) => each !== 0);
  if (!reached && !excepted) return `"${name}" gets no gradient`;
  return reached && excepted ? `"${name}" is said to get no gradient and gets one` : undefined;
}

/** @throws Error for an exception without a reason, or one that names no parameter. */
function assertExceptions(
  exceptions: readonly WithoutGradient[],
  parameters: Readonly<Record<string, Tensor>>,
): void {
  for (const { parameter, reason } of exceptions) {
    if (reason.trim() === '') throw new Error(`no reason is given why "${parameter}" gets no gradient`);
    if (!Object.hasOwn(parameters, parameter)) throw new Error(`there is no trainable "${parameter}"`);
  }
}
