import type { Backend } from '@softvq/core';
import { describeChecks } from './describe-checks.js';
import type { ConformanceOptions } from './options.js';
import { openWorkbench, runCheck } from './run-checks.js';

/**
 * Declares the tests that prove a backend, in a vitest test file:
 *
 *     describeBackend('mine', () => mine(), { gaps: [{ operation: 'resize', reason: 'no kernel yet' }] });
 *
 * Every operation is run in every element type that the backend declares and compared with the reference, every
 * gradient with finite differences; then symbolic sizes, donation, memory, disposal and concurrent calls.
 */
export function describeBackend(
  name: string,
  createBackend: () => Promise<Backend>,
  { tolerance, ...options }: ConformanceOptions = {},
): void {
  const open = async () => {
    const workbench = await openWorkbench(createBackend, tolerance);
    return { ...workbench, run: (check: (typeof workbench.checks)[number]) => runCheck(check, workbench) };
  };
  describeChecks(name, open, options);
}
