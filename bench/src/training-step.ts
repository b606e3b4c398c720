import { compile, type Tensor, valueAndGrad } from '@softvq/core';
import type { Module, TensorRecord } from '@softvq/core/nn';
import { type AdamState, accumulateGradients, adamW, clipByGlobalNorm, ema } from '@softvq/core/optim';

interface TrainingInput {
  readonly parameters: TensorRecord;
  readonly optimizer: AdamState;
  readonly average: TensorRecord;
  readonly x: Tensor;
}

/** A whole training step of a network as one graph: forward, backward, clipping, AdamW and moving average. */
export function trainingStep<Network extends Module & { forward(x: Tensor): Tensor }>(
  network: Network,
  microBatches = 1,
) {
  const optimizer = adamW({ learningRate: 1e-4 });
  const averaging = ema(0.9999);
  const step = compile(
    ({ parameters, optimizer: state, average, x }: TrainingInput) => {
      const { value: loss, gradient } = accumulateGradients(
        microBatches,
        valueAndGrad((p: TensorRecord, batch: Tensor) => network.with(p).forward(batch).square().mean()),
      )(parameters, x);
      const { gradients } = clipByGlobalNorm(gradient, 1);
      const updated = optimizer.update(parameters, gradients, state);
      return {
        loss,
        parameters: updated.parameters,
        optimizer: updated.state,
        average: averaging.update(average, updated.parameters),
      };
    },
    { donate: ['parameters', 'optimizer', 'average'] },
  );
  const initial = (): Omit<TrainingInput, 'x'> => {
    const parameters = network.parameters();
    return { parameters, optimizer: optimizer.init(parameters), average: averaging.init(parameters) };
  };
  return { step, initial };
}
