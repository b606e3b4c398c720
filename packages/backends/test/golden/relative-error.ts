import type { Tensor } from '@softvq/core';

/** ‖a − b‖ / ‖b‖. */
export async function relativeError(actual: Tensor, expected: Tensor): Promise<number> {
  const [a, b] = (await Promise.all([actual.host(), expected.host()])).map(({ data }) =>
    Array.from(data, Number),
  );
  if (a!.length !== b!.length) throw new Error(`${a!.length} elements in place of ${b!.length}`);
  const norm = (values: readonly number[]) => Math.hypot(...values);
  return norm(b!.map((value, i) => a![i]! - value)) / (norm(b!) || 1);
}
