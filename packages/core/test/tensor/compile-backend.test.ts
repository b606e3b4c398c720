import { reference } from '@softvq/backends/reference';
import { compile, type Tensor, tensor } from '@softvq/core';
import { expect, it } from 'vitest';

it('computes lazy arguments on the backend of the function, without a default backend', async () => {
  const backend = await reference();
  const doubled = compile(({ x }: { x: Tensor }) => x.mul(2), { backend });
  const lazy = tensor([1, 2]).add(1);
  await doubled.prepare({ x: lazy });
  expect(await (await doubled({ x: lazy })).array()).toEqual([4, 6]);
  expect(await lazy.array()).toEqual([2, 3]);
  await doubled.dispose();
  await backend.dispose();
});
