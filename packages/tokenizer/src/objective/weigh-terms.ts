import { formatShape, full, isFloating, ShapeError, Tensor } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import type { Schedule } from '@softvq/core/optim';
import type { LossContext, LossTerms, TokenizerPass } from './loss-term.js';

export interface WeighedTerms {
  /** The weighted sum, a scalar. */
  readonly total: Tensor;
  /** The part of it that measures the reconstruction. */
  readonly ofReconstruction: Tensor;
  /** Each term without its weight. */
  readonly values: Readonly<Record<string, Tensor>>;
}

/**
 * All terms for one pass.
 *
 * @param completed steps, a float32 scalar. @param termParameters with the terms' names before theirs.
 * @throws ShapeError when a term is no floating-point scalar.
 */
export function weighTerms<Pass extends TokenizerPass>(
  terms: LossTerms<Pass>,
  { pass, images, random }: Pick<LossContext<Pass>, 'pass' | 'images' | 'random'>,
  termParameters: TensorRecord,
  completed: Tensor,
): WeighedTerms {
  const weighed = Object.entries(terms).map(([name, term]) => {
    const parameters = within(name, termParameters);
    const value = term.loss({ pass, images, parameters, random: random.child(name) });
    assertLoss(name, value);
    const measured = term.measuresReconstruction ?? false;
    return { name, value, measured, weighted: value.mul(weightAt(term.weight, completed)) };
  });
  const sum = (parts: typeof weighed): Tensor =>
    parts.map(({ weighted }) => weighted).reduce((total, each) => total.add(each), full([], 0));
  return {
    total: sum(weighed),
    ofReconstruction: sum(weighed.filter(({ measured }) => measured)),
    values: Object.fromEntries(weighed.map(({ name, value }) => [name, value])),
  };
}

/** Parameters of one term by its own names. */
function within(name: string, termParameters: TensorRecord): TensorRecord {
  const prefix = `${name}.`;
  return Object.fromEntries(
    Object.entries(termParameters).flatMap(([key, tensor]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), tensor]] : [],
    ),
  );
}

function weightAt(weight: number | Schedule, completed: Tensor): Tensor | number {
  return typeof weight === 'number' ? weight : weight(completed);
}

function assertLoss(name: string, value: unknown): asserts value is Tensor {
  if (value instanceof Tensor && value.rank === 0 && isFloating(value.dtype)) return;
  const found = value instanceof Tensor ? `${value.dtype} ${formatShape(value.shape)}` : String(value);
  throw new ShapeError(`the loss term "${name}" must be a floating-point scalar, not ${found}`);
}
