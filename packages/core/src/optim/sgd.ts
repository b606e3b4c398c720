import { cast } from '../operations/elementwise.js';
import { scalar } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';
import { mapRecords } from './map-records.js';
import {
  assertAlike,
  assertInRange,
  type GroupedOptions,
  groupOf,
  type Optimizer,
  zerosLike,
} from './optimizer.js';
import { constant } from './schedules.js';

export interface SgdOptions extends GroupedOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the parameter. Default 0. */
  readonly weightDecay?: number;
}

export interface SgdState {
  /** Completed updates: an int32 scalar. */
  readonly step: Tensor;
  /** Σ momentumᵗ⁻ⁱ · gᵢ for each parameter; empty without momentum. */
  readonly momentum: Record<string, Tensor>;
}

/**
 * Stochastic gradient descent, as `torch.optim.SGD`. Two elementwise passes over memory a parameter, and two more for
 * momentum, for its Nesterov variant, and for weight decay each.
 */
export function sgd({
  learningRate,
  momentum = 0,
  nesterov = false,
  weightDecay = 0,
  groups = [],
}: SgdOptions): Optimizer<SgdState> {
  assertInRange('momentum', momentum, 0, 1);
  const schedule = typeof learningRate === 'number' ? constant(learningRate) : learningRate;

  return {
    init: (parameters) => ({
      step: scalar(0, 'int32'),
      momentum: momentum === 0 ? {} : zerosLike(parameters),
    }),

    update(parameters, gradients, state) {
      assertAlike(parameters, { gradients });
      if (momentum !== 0) assertAlike(parameters, { 'state.momentum': state.momentum });
      const lr = schedule(cast(state.step, 'float32'));
      const groupFor = (name: string) => groupOf(groups, name, parameters[name]!);
      const records = momentum === 0 ? [parameters, gradients] : [parameters, gradients, state.momentum];
      const [updated = {}, sums = {}] = mapRecords(records, groupFor, (tensors, name) => {
        const [parameter, given, sumBefore] = tensors as [Tensor, Tensor, Tensor?];
        const group = groupFor(name);
        const decay = group.weightDecay ?? weightDecay;
        const rate = cast(lr.mul(group.learningRateScale ?? 1), parameter.dtype);
        const gradient = decay === 0 ? given : given.add(parameter.mul(decay));
        if (sumBefore === undefined) return [parameter.sub(gradient.mul(rate))];
        const sum = sumBefore.mul(momentum).add(gradient);
        const direction = nesterov ? gradient.add(sum.mul(momentum)) : sum;
        return [parameter.sub(direction.mul(rate)), sum];
      });
      return { parameters: updated, state: { step: state.step.add(1), momentum: sums } };
    },
  };
}
