import { type Backend, scope, setDefaultBackend } from '@softvq/core';
import { type Check, type CheckResult, idOf, type KitOptions } from './check.js';

/** Rejects when it is wrong. Leaves no tensor behind. */
export async function runCheck<Subject>(
  check: Check<Subject>,
  subject: Subject,
  backend: Backend,
): Promise<void> {
  // Each time: other kits in the same file have backends of their own.
  setDefaultBackend(backend);
  await scope(() => check.run(subject));
}

/** Runs checks without a test runner, one after the other. */
export async function runAll<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
  { createBackend }: KitOptions,
): Promise<CheckResult[]> {
  const backend = await createBackend();
  const results: CheckResult[] = [];
  for (const check of checks) {
    const id = idOf(check);
    try {
      await runCheck(check, subject, backend);
      results.push({ id });
    } catch (error) {
      results.push({ id, error });
    }
  }
  await backend.dispose();
  return results;
}
