import type { Backend } from '@softvq/core';
import { afterAll, describe, it } from 'vitest';
import { type Check, idOf, titleOf } from './check.js';
import { assertStillGap, gapFinder } from './gaps.js';
import type { ConformanceOptions, Gap } from './options.js';
import { type OpenWorkbench, openWorkbench, runCheck } from './run-checks.js';

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
  { gaps = [], tolerance, timeout = 30_000 }: ConformanceOptions = {},
): void {
  describe(name, async () => {
    const workbench = await openWorkbench(createBackend, tolerance);
    afterAll(workbench.close);
    const gapOf = gapFinder(gaps, workbench.checks);
    for (const [subject, checks] of bySubject(workbench.checks)) {
      describe(subject, () => {
        for (const check of checks) declare(check, gapOf(check), workbench, timeout);
      });
    }
  });
}

function declare(check: Check, gap: Gap | undefined, workbench: OpenWorkbench, timeout: number): void {
  const title = titleOf(check);
  if (gap === undefined) {
    it(title, { timeout }, () => runCheck(check, workbench));
    return;
  }
  it(`${title} — gap: ${gap.reason}`, { timeout }, async () => {
    await assertStillGap(check, gap, workbench);
    console.info(`gap in ${workbench.backend.name}: ${idOf(check)}: ${gap.reason}`);
  });
}

function bySubject(checks: readonly Check[]): Map<string, Check[]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) groups.set(check.subject, [...(groups.get(check.subject) ?? []), check]);
  return groups;
}
