import {
  type Backend,
  compile,
  type Generator,
  type LossDraws,
  type Tensor,
  valueAndGrad,
} from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';

interface Batch {
  readonly latents: Tensor;
  readonly labels: Tensor;
  readonly draws: LossDraws;
}

interface Trained extends Pick<Generator, 'loss'> {
  parameters(): TensorRecord;
  with(tensors: TensorRecord): this;
}

/** The loss of a generator and its gradients, compiled for one call. */
export async function lossAndGradients(
  generator: Trained,
  batch: Batch,
  backend: Backend,
): Promise<{ readonly value: Tensor; readonly gradient: TensorRecord }> {
  const train = compile(
    (input: Batch & { readonly parameters: TensorRecord }) =>
      valueAndGrad((parameters: TensorRecord) =>
        generator.with(parameters).loss(input.latents, input.labels, input.draws),
      )(input.parameters),
    { backend },
  );
  try {
    return await train({ ...batch, parameters: generator.parameters() });
  } finally {
    await train.dispose();
  }
}
