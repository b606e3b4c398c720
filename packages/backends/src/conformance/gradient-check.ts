import {
  type Backend,
  type DType,
  type DynamicAxes,
  grad,
  sum,
  type Tensor,
  valueAndGrad,
  withCompiled,
} from '@softvq/core';
import type { Check } from './check.js';
import { assertNumbersClose, gradientTolerance, numbersOf } from './comparison.js';
import { type InputSpec, makeInputs } from './inputs.js';
import { type Arguments, type Loss, numericalGradient } from './numerical-gradient.js';
import type { OperationCase } from './operation-case.js';
import { weightedSum } from './weighted-sum.js';

/** The gradient of a case in each floating type, against central differences on the reference. */
export function gradientChecks(testCase: OperationCase, dtypes: readonly DType[]): Check[] {
  return checksOfLoss(testCase, dtypes, 'gradient', lossOf(testCase));
}

/** The same for a weighted sum of the gradient's elements. */
export function secondDerivativeChecks(testCase: OperationCase, dtypes: readonly DType[]): Check[] {
  const first = lossOf(testCase);
  const second: Loss = (variables, rest) => weightedSum(grad(first)(variables, rest));
  return checksOfLoss(testCase, dtypes, 'second derivative', second);
}

/** The gradient of the sum of a case's results against given numbers. */
export function expectedGradientChecks(
  testCase: OperationCase,
  dtypes: readonly DType[],
  expected: readonly (readonly number[])[],
): Check[] {
  const loss: Loss = (variables, rest) => sum(resultsOf(testCase, variables, rest)[0]!);
  return gradientTypes(dtypes).map((dtype) => ({
    subject: testCase.operation,
    name: testCase.name,
    dtype,
    aspect: 'gradient',
    run: async ({ backend, tolerance }) => {
      const gradients = await gradientOn(backend, loss, splitInputs(testCase, dtype), testCase);
      assertGradients(gradients, expected, gradientTolerance(tolerance, dtype));
    },
  }));
}

function checksOfLoss(
  testCase: OperationCase,
  dtypes: readonly DType[],
  aspect: 'gradient' | 'second derivative',
  loss: Loss,
): Check[] {
  // Computed by whichever type comes first, for all of them.
  let differences: Promise<number[][]> | undefined;
  return gradientTypes(dtypes).map((dtype) => ({
    subject: testCase.operation,
    name: testCase.name,
    dtype,
    aspect,
    run: async ({ backend, reference, tolerance }) => {
      differences ??= numericalGradient(reference, loss, splitInputs(testCase, 'float64'));
      // Waited for first: nobody would hear of its failure if the backend's came before.
      const expected = await differences;
      const gradients = await gradientOn(backend, loss, splitInputs(testCase, dtype), testCase);
      assertGradients(gradients, expected, gradientTolerance(tolerance, dtype));
    },
  }));
}

/** float32 is what people train in; float64 shows mistakes that are smaller than its rounding. */
function gradientTypes(dtypes: readonly DType[]): DType[] {
  return dtypes.filter((dtype) => dtype === 'float32' || dtype === 'float64');
}

function assertGradients(
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
  tolerance: number,
): void {
  for (const [i, gradient] of expected.entries()) {
    assertNumbersClose(actual[i]!, gradient, tolerance, `the gradient by input ${i}`);
  }
}

async function gradientOn(
  backend: Backend,
  loss: Loss,
  args: Arguments,
  testCase: OperationCase,
): Promise<number[][]> {
  const fn = ({ variables, rest }: Arguments) => valueAndGrad(loss)(variables, rest).gradient;
  return withCompiled(fn, { backend, dynamic: dynamicPaths(testCase) }, async (compiled) => {
    const gradients = await compiled(args);
    return Promise.all(gradients.map(async (gradient) => numbersOf(await gradient.host())));
  });
}

/** Names of dynamic axes by the paths of inputs that are given as `Arguments`. */
function dynamicPaths({ inputs, dynamic = [] }: OperationCase): Record<string, DynamicAxes> {
  const paths: Record<string, DynamicAxes> = {};
  const counts = { variables: 0, rest: 0 };
  for (const [i, spec] of inputs.entries()) {
    const branch = isVariable(spec) ? 'variables' : 'rest';
    const path = `${branch}.${counts[branch]++}`;
    if (dynamic[i] !== undefined) paths[path] = dynamic[i];
  }
  return paths;
}

/** Inputs without an element type of their own are floating when a gradient is taken. */
function isVariable({ dtype }: InputSpec): boolean {
  return dtype === undefined;
}

function splitInputs({ operation, name, inputs }: OperationCase, dtype: DType): Arguments {
  const tensors = makeInputs(`${operation}/${name}`, inputs, dtype);
  return {
    variables: tensors.filter((_, i) => isVariable(inputs[i]!)),
    rest: tensors.filter((_, i) => !isVariable(inputs[i]!)),
  };
}

/** The results of a case, its inputs back in their order. */
function resultsOf(
  { inputs, compute }: OperationCase,
  variables: readonly Tensor[],
  rest: readonly Tensor[],
): Tensor[] {
  const next = { variable: 0, rest: 0 };
  const ordered = inputs.map((spec) => (isVariable(spec) ? variables[next.variable++]! : rest[next.rest++]!));
  return [compute(...ordered)].flat();
}

function lossOf(testCase: OperationCase): Loss {
  return (variables, rest) => weightedSum(resultsOf(testCase, variables, rest));
}
