import { type Backend, scope } from '@softvq/core';
import { reference } from '../reference/index.js';
import { type Check, idOf, type Workbench } from './check.js';
import { checksFor } from './checks.js';
import { type ConformanceOptions, defaultTolerance } from './options.js';

/** What came of one check. */
export interface CheckResult {
  /** `operation/case (element type, aspect)`. */
  readonly id: string;
  readonly check: Check;
  /** Why it failed, if it did. */
  readonly error?: unknown;
}

/** A backend with the reference beside it, and everything to be checked. */
export interface OpenWorkbench extends Workbench {
  readonly checks: readonly Check[];
  readonly close: () => Promise<void>;
}

export async function openWorkbench(
  createBackend: () => Promise<Backend>,
  tolerance: ConformanceOptions['tolerance'],
): Promise<OpenWorkbench> {
  const backend = await createBackend();
  const truth = await reference();
  return {
    backend,
    reference: truth,
    createBackend,
    tolerance: { ...defaultTolerance, ...tolerance },
    checks: checksFor(backend.capabilities),
    close: async () => {
      await backend.dispose();
      await truth.dispose();
    },
  };
}

/** Rejects when the backend gets it wrong. Leaves no tensor behind. */
export async function runCheck(check: Check, workbench: Workbench): Promise<void> {
  await scope(() => check.run(workbench));
}

/** Runs the kit without a test runner, one check after the other. `only` chooses among them. */
export async function runChecks(
  createBackend: () => Promise<Backend>,
  {
    tolerance,
    only = () => true,
  }: Pick<ConformanceOptions, 'tolerance'> & { readonly only?: (check: Check) => boolean } = {},
): Promise<CheckResult[]> {
  const workbench = await openWorkbench(createBackend, tolerance);
  const results: CheckResult[] = [];
  for (const check of workbench.checks.filter(only)) {
    const id = idOf(check);
    try {
      await runCheck(check, workbench);
      results.push({ id, check });
    } catch (error) {
      results.push({ id, check, error });
    }
  }
  await workbench.close();
  return results;
}
