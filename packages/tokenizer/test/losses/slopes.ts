import { type Backend, compile, mapTree, type Tensor, tensor, tensorsIn, valueAndGrad } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { expect } from 'vitest';

/**
 * A function's gradient along a random direction is what its values say, within a hundredth: float32 leaves no more
 * to differences.
 */
export async function expectGradient<Tree>(
  backend: Backend,
  fn: (tree: Tree) => Tensor,
  at: Tree,
  step = 1e-2,
): Promise<void> {
  const random = new RandomStream({ seed: 11, name: 'direction' });
  const directions = new Map(
    tensorsIn(at).map((each, i) => {
      const shape = each.shape as readonly number[];
      const count = shape.reduce((product, size) => product * size, 1);
      return [i, tensor(random.child('tensor', i).normal(count), { shape })] as const;
    }),
  );
  const slopes = compile(
    (tree: { at: Tree }) => {
      const shifted = (by: number): Tree => {
        let i = 0;
        return mapTree(tree.at, (each) => each.add(directions.get(i++)!.mul(by)));
      };
      const { gradient } = valueAndGrad(fn)(tree.at);
      const products = tensorsIn(gradient).map((each, i) => each.mul(directions.get(i)!).sum());
      return {
        analytic: products.reduce((sum, each) => sum.add(each)),
        numeric: fn(shifted(step))
          .sub(fn(shifted(-step)))
          .mul(0.5 / step),
      };
    },
    { backend },
  );
  const { analytic, numeric } = await slopes({ at });
  const [ours, theirs] = [await analytic.item(), await numeric.item()];
  expect(Math.abs(theirs)).toBeGreaterThan(1e-4);
  expect(Math.abs(ours - theirs) / Math.abs(theirs), `${ours} and ${theirs}`).toBeLessThan(1e-2);
  await slopes.dispose();
}
