import {
  add,
  argmax,
  evaluate,
  exp,
  full,
  greater,
  matmul,
  scope,
  setDefaultBackend,
  softmax,
  type Tensor,
  tensor,
} from '@softvq/core';
import type { Check } from '../check.js';
import { checksOf, expectEqual, expectNumbers } from './expectations.js';

/** Makes the backend under test the default one: nothing else in the kit needs a default. */
function onDefault(run: Check['run']): Check['run'] {
  return async (workbench) => {
    setDefaultBackend(workbench.backend);
    await run(workbench);
  };
}

export const evaluation = checksOf('evaluate', {
  'an expression': onDefault(async () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    await expectNumbers(matmul(x, x).add(1), [8, 11, 16, 23]);
  }),

  'the same expression twice': onDefault(async () => {
    for (const factor of [2, 2, 3]) await expectNumbers(tensor([1, 2]).mul(factor), [factor, 2 * factor]);
  }),

  'several tensors that share work': onDefault(async () => {
    const shared = exp(tensor([0, 1]));
    const [double, sum, untouched] = [shared.mul(2), shared.sum(), tensor([5])];
    await evaluate({ double, list: [sum, untouched] });
    await expectNumbers(double, [2, 2 * Math.E]);
    await expectNumbers(sum, [1 + Math.E]);
    await expectNumbers(untouched, [5]);
  }),

  'nested arrays and numbers': onDefault(async () => {
    const x = tensor([
      [1, 5],
      [7, 3],
    ]);
    expectEqual(JSON.stringify(await x.add(1).array()), '[[2,6],[8,4]]', 'array()');
    expectEqual(
      JSON.stringify(await greater(x, 4).array()),
      '[[false,true],[true,false]]',
      'array() of bool',
    );
    expectEqual(await x.sum().item(), 16, 'item()');
    expectEqual(JSON.stringify(await argmax(x).array()), '[1,0]', 'array() of positions');
  }),

  'on from what was evaluated': onDefault(async () => {
    let x: Tensor = full([2], 1);
    for (let i = 0; i < 5; i++) {
      x = x.mul(2);
      await evaluate(x);
    }
    await expectNumbers(x.add(1), [33, 33]);
  }),

  'four at once': onDefault(async () => {
    const results = [1, 2, 3, 4].map((each) => softmax(tensor([0, each])));
    await Promise.all(results.map((result) => evaluate(result)));
    for (const [i, result] of results.entries()) {
      const odds = Math.exp(i + 1);
      await expectNumbers(result, [1 / (1 + odds), odds / (1 + odds)], `expression ${i}`);
    }
  }),

  'tensors that a scope keeps': onDefault(async () => {
    const kept = await scope(async () => {
      const inner = tensor([1, 2]).mul(2);
      await evaluate(inner);
      const result = inner.add(1);
      await evaluate(result);
      return result;
    });
    await expectNumbers(kept, [3, 5]);
  }),

  'from another backend and back': onDefault(async ({ backend, reference }) => {
    const here = tensor([1, 2]).mul(2);
    await evaluate(here);
    const there = await here.to(reference);
    const back = await there.to(backend);
    await expectNumbers(add(back, here), [4, 8]);
  }),
});
