import type { BackendCapabilities } from '@softvq/core';
import { behaviour } from './behaviour/index.js';
import { cases } from './cases/index.js';
import type { Check } from './check.js';
import { completenessChecks } from './completeness.js';
import { constantInputsCheck, forwardCheck } from './forward-check.js';
import { expectedGradientChecks, gradientChecks, secondDerivativeChecks } from './gradient-check.js';
import type { OperationCase } from './operation-case.js';

/** Everything that a backend with these element types must get right. */
export function checksFor({ dtypes }: BackendCapabilities): Check[] {
  const runnable = cases.filter((each) =>
    [...(each.alsoUses ?? []), ...each.inputs.flatMap((input) => input.dtype ?? [])].every((dtype) =>
      dtypes.includes(dtype),
    ),
  );
  const first = new Set(
    runnable.filter((each, i) => runnable.findIndex(({ operation }) => operation === each.operation) === i),
  );
  const checksOf = (testCase: OperationCase): Check[] => [
    ...(testCase.dtypes ?? ['float32'])
      .filter((dtype) => dtypes.includes(dtype))
      .map((dtype) => forwardCheck(testCase, dtype)),
    ...(first.has(testCase) ? [constantInputsCheck(testCase)] : []),
    ...(testCase.expectedGradients !== undefined
      ? expectedGradientChecks(testCase, dtypes, testCase.expectedGradients)
      : []),
    ...(testCase.derivatives !== undefined ? gradientChecks(testCase, dtypes) : []),
    ...(testCase.derivatives === 2 ? secondDerivativeChecks(testCase, dtypes) : []),
  ];
  return [...completenessChecks(cases), ...runnable.flatMap(checksOf), ...behaviour];
}
