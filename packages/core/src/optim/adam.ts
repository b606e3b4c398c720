import { cast, exp, sqrt, tanh } from '../operations/elementwise.js';
import { full, scalar } from '../tensor/creation.js';
import type { Tensor } from '../tensor/tensor.js';
import { mapRecords } from './map-records.js';
import {
  assertAlike,
  assertInRange,
  type GroupedOptions,
  groupOf,
  type Optimizer,
  type ParameterGroup,
  zerosLike,
} from './optimizer.js';
import { constant } from './schedules.js';

export interface AdamOptions extends GroupedOptions {
  /** Decay rates of the two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment. Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0.01 for `adamW`, 0 for `adam`. */
  readonly weightDecay?: number;
}

/** Sums of the past. They are PyTorch's `exp_avg` and `exp_avg_sq` divided by 1 - beta. */
export interface AdamState {
  /** Completed updates: an int32 scalar. */
  readonly step: Tensor;
  /** Σ β₁ᵗ⁻ⁱ · gᵢ for each parameter. */
  readonly first: Record<string, Tensor>;
  /** Σ β₂ᵗ⁻ⁱ · gᵢ² for each parameter. */
  readonly second: Record<string, Tensor>;
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter, 2019), as `torch.optim.AdamW`.
 *
 * A parameter costs eleven elementwise passes over memory (ten without decay):
 *
 *     first  ← first · β₁ + g                                           2
 *     second ← second · β₂ + g · g                                      3
 *     p ← p · decay - first · rate / (√second + floor)                  6
 *
 * where decay = 1 - lr · weightDecay and, with the bias corrections cᵢ = 1 - βᵢᵗ,
 * rate = lr · (1 - β₁) / c₁ · √(c₂ / (1 - β₂)) and floor = ε · √(c₂ / (1 - β₂)) are computed once a step.
 */
export function adamW(options: AdamOptions): Optimizer<AdamState> {
  return adaptiveMoments({ weightDecay: 0.01, ...options }, true);
}

/**
 * Adam (Kingma & Ba, 2015) with the decay added to the gradient, as `torch.optim.Adam`. Passes as `adamW` without
 * decay, and two more for decay.
 */
export function adam(options: AdamOptions): Optimizer<AdamState> {
  return adaptiveMoments({ weightDecay: 0, ...options }, false);
}

function adaptiveMoments(
  { learningRate, betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0, groups = [] }: AdamOptions,
  decoupled: boolean,
): Optimizer<AdamState> {
  const [beta1, beta2] = betas;
  assertInRange('betas[0]', beta1, 0, 1);
  assertInRange('betas[1]', beta2, 0, 1);
  assertInRange('epsilon', epsilon, 0, Number.POSITIVE_INFINITY);
  const schedule = typeof learningRate === 'number' ? constant(learningRate) : learningRate;

  /** What the updates of one group have in common, as scalars. */
  const factorsOf = (group: ParameterGroup, completed: Tensor): Factors => {
    const step = completed.add(1);
    const lr = schedule(completed).mul(group.learningRateScale ?? 1);
    const decayRate = group.weightDecay ?? weightDecay;
    const spread = sqrt(biasCorrection(beta2, step).mul(1 / (1 - beta2)));
    return {
      rate: lr
        .mul(1 - beta1)
        .div(biasCorrection(beta1, step))
        .mul(spread),
      floor: spread.mul(epsilon),
      decay: decoupled && decayRate !== 0 ? lr.mul(-decayRate).add(1) : undefined,
      penalty: decoupled ? 0 : decayRate,
    };
  };

  return {
    init: (parameters) => ({
      step: scalar(0, 'int32'),
      first: zerosLike(parameters),
      second: zerosLike(parameters),
    }),

    update(parameters, gradients, state) {
      assertAlike(parameters, { gradients, 'state.first': state.first, 'state.second': state.second });
      const completed = cast(state.step, 'float32');
      const factors = new Map<ParameterGroup, Factors>();
      const factorsFor = (name: string): Factors => {
        const group = groupOf(groups, name, parameters[name]!);
        const known = factors.get(group) ?? factorsOf(group, completed);
        factors.set(group, known);
        return known;
      };
      const [updated = {}, firsts = {}, seconds = {}] = mapRecords(
        [parameters, gradients, state.first, state.second],
        factorsFor,
        (tensors, name) => {
          const [parameter, given, firstBefore, secondBefore] = tensors as [Tensor, Tensor, Tensor, Tensor];
          const { rate, floor, decay, penalty } = factorsFor(name);
          const as = (factor: Tensor): Tensor => cast(factor, parameter.dtype);
          const gradient = penalty === 0 ? given : given.add(parameter.mul(penalty));
          const first = firstBefore.mul(beta1).add(gradient);
          const second = secondBefore.mul(beta2).add(gradient.square());
          const decayed = decay === undefined ? parameter : parameter.mul(as(decay));
          const updated = decayed.sub(first.mul(as(rate)).div(sqrt(second).add(as(floor))));
          return [updated, first, second];
        },
      );
      return { parameters: updated, state: { step: state.step.add(1), first: firsts, second: seconds } };
    },
  };
}

interface Factors {
  readonly rate: Tensor;
  readonly floor: Tensor;
  /** What is left of a parameter, where decay is decoupled. */
  readonly decay: Tensor | undefined;
  /** How much of a parameter is added to its gradient, where it is not. */
  readonly penalty: number;
}

/**
 * 1 - βᵗ without cancellation: with x = t · ln β it is -(eˣ + 1) · tanh(x / 2), accurate in float32 also where βᵗ is
 * close to 1.
 */
function biasCorrection(beta: number, step: Tensor): Tensor {
  if (beta === 0) return full([], 1, step.dtype);
  const x = step.mul(Math.log(beta));
  return exp(x)
    .add(1)
    .mul(tanh(x.mul(0.5)))
    .neg();
}
