import type { Backend } from '@softvq/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Check, idOf, type KitOptions } from './check.js';
import { runCheck } from './run-checks.js';

/** Declares a test for each check. */
export function describeChecks<Subject>(
  name: string,
  checks: readonly Check<Subject>[],
  subject: Subject,
  { createBackend, timeout = 60_000 }: KitOptions,
): void {
  describe(name, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await createBackend();
    }, timeout);
    afterAll(() => backend.dispose());
    for (const check of checks) it(idOf(check), { timeout }, () => runCheck(check, subject, backend));
  });
}
