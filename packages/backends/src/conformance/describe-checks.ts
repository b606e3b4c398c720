import { afterAll, describe, it } from 'vitest';
import { type CheckName, idOf, titleOf } from './check.js';
import { assertStillGap, gapFinder } from './gaps.js';
import type { ConformanceOptions, Gap } from './options.js';

/** Checks and the place where they run, which may be another process. */
export interface CheckRunner<Described extends CheckName> {
  readonly checks: readonly Described[];
  /** Rejects when the backend gets it wrong. */
  readonly run: (check: Described) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Declares a test for each check. */
export function describeChecks<Described extends CheckName>(
  name: string,
  open: () => Promise<CheckRunner<Described>>,
  { gaps = [], timeout = 30_000 }: Pick<ConformanceOptions, 'gaps' | 'timeout'> = {},
): void {
  describe(name, async () => {
    const { checks, run, close } = await open();
    afterAll(close);
    const gapOf = gapFinder(gaps, checks);
    for (const [subject, some] of bySubject(checks)) {
      describe(subject, () => {
        for (const check of some) declare(name, check, gapOf(check), () => run(check), timeout);
      });
    }
  });
}

function declare(
  backend: string,
  check: CheckName,
  gap: Gap | undefined,
  run: () => Promise<void>,
  timeout: number,
): void {
  const title = titleOf(check);
  if (gap === undefined) {
    it(title, { timeout }, run);
    return;
  }
  it(`${title} — gap: ${gap.reason}`, { timeout }, async () => {
    await assertStillGap(check, gap, run);
    console.info(`gap in ${backend}: ${idOf(check)}: ${gap.reason}`);
  });
}

function bySubject<Described extends CheckName>(checks: readonly Described[]): Map<string, Described[]> {
  const groups = new Map<string, Described[]>();
  for (const check of checks) groups.set(check.subject, [...(groups.get(check.subject) ?? []), check]);
  return groups;
}
