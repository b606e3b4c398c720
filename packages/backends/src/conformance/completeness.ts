import type { OperationName } from '@softvq/core';
import { operations } from '@softvq/core/graph';
import type { Check } from './check.js';
import type { OperationCase } from './operation-case.js';

/** Operations whose results are not floating, or do not depend on their inputs' elements smoothly anywhere. */
const withoutDerivative: readonly OperationName[] = [
  ...(['input', 'constant', 'fill', 'arange', 'dimension'] as const),
  ...(['logicalNot', 'logicalAnd', 'logicalOr', 'logicalXor'] as const),
  ...(['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const),
  ...(['argmax', 'argmin', 'topKIndices'] as const),
];

/** That the kit itself knows every operation there is: a new one fails until it has its cases. */
export function completenessChecks(cases: readonly OperationCase[]): Check[] {
  const names = Object.keys(operations) as OperationName[];
  return [
    check('every operation has a case', names, ({ operation }) => operation, cases),
    check(
      'every derivative has a case',
      names.filter((name) => !withoutDerivative.includes(name)),
      ({ operation, derivatives }) => (derivatives === undefined ? undefined : operation),
      cases,
    ),
  ];
}

function check(
  name: string,
  needed: readonly OperationName[],
  covers: (testCase: OperationCase) => OperationName | undefined,
  cases: readonly OperationCase[],
): Check {
  return {
    subject: 'kit',
    name,
    run: async () => {
      const covered = new Set(cases.map(covers));
      const missing = needed.filter((operation) => !covered.has(operation));
      if (missing.length > 0) throw new Error(`the kit has no case for ${missing.join(', ')}`);
    },
  };
}
