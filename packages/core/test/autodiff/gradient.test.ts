import {
  argmax,
  cast,
  compile,
  GradientError,
  grad,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  vectorJacobianProduct,
  zeros,
} from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

describe('derivatives', () => {
  it('come as a tree like the parameters, with value and auxiliary results', async () => {
    const lossOf = ({ w, inner: [b] }: { w: Tensor; inner: [Tensor] }, x: Tensor) => {
      const y = x.mul(w).add(b);
      return [y.square().sum(), { y }] as const;
    };
    const { value, gradient, auxiliary } = valueAndGrad(lossOf)(
      { w: tensor(3), inner: [tensor(1)] },
      tensor([1, 2]),
    );
    expect(await value.item()).toBe(16 + 49);
    expect(await auxiliary.y.array()).toEqual([4, 7]);
    expect(await gradient.w.item()).toBe(2 * (4 * 1 + 7 * 2));
    expect(await gradient.inner[0].item()).toBe(2 * (4 + 7));
  });

  it('are zero for what the result does not depend on', async () => {
    const gradient = grad(({ used }: { used: Tensor; unused: Tensor }) => used.sum())({
      used: tensor([1, 2]),
      unused: tensor([[3]]),
    });
    expect(await gradient.unused.array()).toEqual([[0]]);
  });

  it('see only the argument, not other uses of the same tensor', async () => {
    const x = tensor(3);
    expect(await grad((y: Tensor) => y.mul(x))(x).item()).toBe(3);
    expect(await grad((y: Tensor) => y.mul(stopGradient(y)))(x).item()).toBe(3);
  });

  it('can be taken again', async () => {
    const third = grad(grad(grad((x: Tensor) => x.pow(4))));
    expect(await third(tensor(2)).item()).toBeCloseTo(48, 3);
  });

  it('work inside and outside compiled functions alike', async () => {
    const gradient = grad((x: Tensor) => x.exp().sum());
    const compiled = compile((input: { x: Tensor }) => gradient(input.x));
    const x = tensor([0, 1]);
    expect(await (await compiled({ x })).array()).toEqual(await gradient(x).array());
  });

  it('multiply a cotangent with the Jacobian', async () => {
    const x = tensor([1, 2, 3]);
    const doubled = x.mul(2);
    const [product] = vectorJacobianProduct(doubled, [x], tensor([1, 10, 100]));
    expect(await product!.array()).toEqual([2, 20, 200]);
    expect(() => vectorJacobianProduct(doubled, [x], zeros([2]))).toThrow('they must be alike');
  });

  it('are refused where there is none', () => {
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow(GradientError);
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow(
      'returns a floating-point scalar, not Tensor float32[2]',
    );
    expect(() => grad((x: Tensor) => x.sum())(tensor([1], { dtype: 'int32' }))).toThrow(
      'only floating-point tensors',
    );
    expect(() => grad((p: { x: Tensor }) => p.x.sum())({ x: zeros([2], 'bool') })).toThrow('"x"');
  });

  it('stop at positions and whole numbers', async () => {
    const gradient = grad((x: Tensor) => x.mul(cast(argmax(x), 'float32')).sum())(tensor([1, 5, 2]));
    expect(await gradient.array()).toEqual([1, 1, 1]);
  });
});
