import {
  ArgumentError,
  compile,
  GradientError,
  ShapeError,
  type Tensor,
  tensor,
  valueAndGrad,
} from '@softvq/core';
import { accumulateGradients } from '@softvq/core/optim';
import { beforeAll, describe, expect, it } from 'vitest';
import { arbitrary, relativeError } from '../nn/numbers.js';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

interface Batch {
  readonly x: Tensor;
  readonly targets: readonly [Tensor];
}

const loss = ({ w }: { w: Tensor }, { x, targets: [y] }: Batch): readonly [Tensor, { error: Tensor }] => {
  const error = x.matmul(w).sub(y);
  return [error.square().mean(), { error: error.mean() }];
};

const parameters = { w: arbitrary([3, 2], 1) };
const batch: Batch = { x: arbitrary([6, 3], 2), targets: [arbitrary([6, 2], 3)] };

describe('accumulateGradients', () => {
  it.each([1, 2, 3, 6])('gives in %i parts what the whole batch gives', async (count) => {
    const whole = valueAndGrad(loss)(parameters, batch);
    const step = compile(([p, b]: [typeof parameters, Batch]) =>
      accumulateGradients(count, valueAndGrad(loss))(p, b),
    );
    const parts = await step([parameters, batch]);
    expect(await relativeError(parts.value, whole.value)).toBeLessThan(1e-12);
    expect(await relativeError(parts.gradient.w, whole.gradient.w)).toBeLessThan(1e-12);
    expect(await relativeError(parts.auxiliary.error, whole.auxiliary.error)).toBeLessThan(1e-12);
  });

  it('refuses counts and batches that do not divide', () => {
    expect(() => accumulateGradients(0, valueAndGrad(loss))).toThrow(ArgumentError);
    expect(() => accumulateGradients(4, valueAndGrad(loss))(parameters, batch)).toThrow(ShapeError);
  });

  it('refuses auxiliary tensors that have no average', () => {
    const counting = valueAndGrad(
      (p: { w: Tensor }, b: Batch) => [loss(p, b)[0], tensor([1], { dtype: 'int32' })] as const,
    );
    expect(() => accumulateGradients(2, counting)(parameters, batch)).toThrow(GradientError);
    expect(() => accumulateGradients(2, counting)(parameters, batch)).toThrow('auxiliary');
  });
});
