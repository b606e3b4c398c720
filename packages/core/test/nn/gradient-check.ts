import { compile, type Tensor, tensor, valueAndGrad } from '@softvq/core';
import type { TensorRecord } from '@softvq/core/nn';
import { arbitrary, numbersOf } from './numbers.js';

const step = 1e-4;

/**
 * The largest error, relative where it is above 0.1, of a function's derivatives with respect to each tensor, along a direction that looks
 * arbitrary, against central differences of fourth order in float64.
 */
export async function gradientError(
  fn: (tensors: TensorRecord) => Tensor,
  tensors: TensorRecord,
): Promise<number> {
  const value = compile(fn);
  const { gradient } = await compile((at: TensorRecord) => valueAndGrad(fn)(at))(tensors);
  let worst = 0;
  for (const [i, [name, x]] of Object.entries(tensors).entries()) {
    const direction = arbitrary(x.shape as readonly number[], i);
    const along = await gradient[name]!.mul(direction).sum().item();
    const at = async (distance: number): Promise<number> =>
      (await value({ ...tensors, [name]: x.add(direction.mul(distance)) })).item();
    const [near, far] = [(await at(step)) - (await at(-step)), (await at(2 * step)) - (await at(-2 * step))];
    const difference = (8 * near - far) / (12 * step);
    worst = Math.max(worst, Math.abs(along - difference) / Math.max(Math.abs(difference), 0.1));
  }
  return worst;
}

/** Every float32 tensor in float64, computed. */
export async function inFloat64(tensors: TensorRecord): Promise<Record<string, Tensor>> {
  const entries = Object.entries(tensors).map(async ([name, x]) => {
    const data = Float64Array.from(await numbersOf(x));
    return [name, tensor(data, { shape: x.shape as readonly number[] })] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
