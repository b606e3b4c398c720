import {
  type Backend,
  type DType,
  type DynamicAxes,
  type HostTensor,
  type Tensor,
  withCompiled,
} from '@softvq/core';
import type { Check } from './check.js';
import { assertClose, assertNumbersClose, forwardTolerance, numbersOf } from './comparison.js';
import { makeInputs } from './inputs.js';
import type { OperationCase } from './operation-case.js';

/** The results of a case against the reference, in one element type. */
export function forwardCheck(testCase: OperationCase, dtype: DType): Check {
  const { operation, name } = testCase;
  return {
    subject: operation,
    name,
    ...(testCase.dtypes !== undefined && { dtype }),
    run: async ({ backend, reference, tolerance }) => {
      const inputs = makeInputs(`${operation}/${name}`, testCase.inputs, dtype);
      const [actual, expected] = [
        await runCase(testCase, inputs, backend),
        await runCase(testCase, inputs, reference),
      ];
      for (const [i, result] of actual.entries()) {
        const allowed = forwardTolerance(tolerance, result.dtype);
        assertClose(result, expected[i]!, allowed, `result ${i}`);
        if (testCase.expected !== undefined) {
          assertNumbersClose(numbersOf(result), testCase.expected, Math.max(allowed, 1e-15), `result ${i}`);
        }
      }
    },
  };
}

/** The results of a case whose inputs are part of the compiled graph: engines compute such things early. */
export function constantInputsCheck({ operation, name, inputs, compute, dtypes }: OperationCase): Check {
  return {
    subject: operation,
    name,
    aspect: 'constant inputs',
    run: async ({ backend, reference, tolerance }) => {
      const captured = makeInputs(`${operation}/${name}`, inputs, dtypes?.[0] ?? 'float32');
      const whole: OperationCase = { operation, name, inputs: [], compute: () => compute(...captured) };
      const [actual, expected] = [await runCase(whole, [], backend), await runCase(whole, [], reference)];
      for (const [i, result] of actual.entries()) {
        assertClose(result, expected[i]!, forwardTolerance(tolerance, result.dtype), `result ${i}`);
      }
    },
  };
}

async function runCase(
  { compute, dynamic }: OperationCase,
  inputs: readonly Tensor[],
  backend: Backend,
): Promise<HostTensor[]> {
  const fn = (tensors: readonly Tensor[]) => [compute(...tensors)].flat();
  return withCompiled(fn, { backend, dynamic: dynamicPaths(dynamic) }, async (compiled) =>
    Promise.all((await compiled(inputs)).map((result) => result.host())),
  );
}

/** Names of dynamic axes by the paths of inputs that are given as one array. */
function dynamicPaths(dynamic: readonly DynamicAxes[] = []): Record<string, DynamicAxes> {
  return Object.fromEntries([...dynamic.entries()].map(([i, axes]) => [String(i), axes]));
}
