import { type Backend, linear, type Precision, relu, type Tensor, withCompiled } from '@softvq/core';
import type { Workbench } from '../check.js';
import { assertClose, assertNumbersClose, numbersOf } from '../comparison.js';
import { makeInputs, numbers } from '../inputs.js';
import { checksOf, expectEqual, expectRefusal } from './expectations.js';

interface Argument {
  readonly x: Tensor;
}

/** Two layers of weights that a compilation captures. */
function network() {
  const [x, first, bias, second] = makeInputs(
    'precision',
    [numbers(3, 5, 48), numbers(40, 48), numbers(40), numbers(24, 40)],
    'float32',
  ) as [Tensor, Tensor, Tensor, Tensor];
  const forward = ({ x }: Argument): Tensor => linear(relu(linear(x, first, bias)), second);
  return { x, forward, names: { first, bias, second } };
}

async function resultOf(
  { x, forward, names }: ReturnType<typeof network>,
  backend: Backend,
  precision?: Precision,
) {
  const options = { backend, names, ...(precision !== undefined && { precision }) };
  return withCompiled(forward, options, async (run) => (await run({ x })).host());
}

function declares({ backend }: Workbench, precision: 'float16' | 'int8'): boolean {
  return backend.capabilities.precisions?.includes(precision) ?? false;
}

/** Two layers of random weights lose about a hundredth by 8 bits and a two-thousandth by half precision. */
const bounds = { int8: 0.03, float16: 3e-3 } as const;

export const precisionChecks = checksOf('precision', {
  'float16: close to float32 where it is declared, and the same elsewhere': async (bench) => {
    const each = network();
    const expected = await resultOf(each, bench.reference);
    const result = await resultOf(each, bench.backend, 'float16');
    expectEqual(result.dtype, 'float32', 'the type of the result');
    const tolerance = declares(bench, 'float16') ? bounds.float16 : bench.tolerance.forward;
    assertClose(result, expected, tolerance, 'the result');
  },

  'int8: close to float32 where it is declared, and refused elsewhere': async (bench) => {
    const each = network();
    if (!declares(bench, 'int8')) {
      await expectRefusal(resultOf(each, bench.backend, 'int8'), 'precision int8', 'backend');
      return;
    }
    const expected = await resultOf(each, bench.reference);
    assertClose(await resultOf(each, bench.backend, 'int8'), expected, bounds.int8, 'the result');
    const kept = await resultOf(each, bench.backend, { compute: 'int8', keep: ['first', 'second'] });
    const exact = await resultOf(each, bench.backend);
    assertNumbersClose(numbersOf(kept), numbersOf(exact), 0, 'the result with all layers kept');
  },
});
