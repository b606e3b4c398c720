import { type Check, idOf, type Workbench } from './check.js';
import type { Gap } from './options.js';
import { runCheck } from './run-checks.js';

/** Which gap covers a check, if any. */
export type GapFinder = (check: Check) => Gap | undefined;

/**
 * Finds gaps by the names they give.
 *
 * @throws Error for a gap without a reason, or one that names no check.
 */
export function gapFinder(gaps: readonly Gap[], checks: readonly Check[]): GapFinder {
  const byName = new Map<string, Gap>();
  const known = new Set(checks.flatMap(namesOf));
  for (const gap of gaps) {
    if (gap.reason.trim() === '') throw new Error(`the gap "${gap.operation}" has no reason`);
    if (!known.has(gap.operation))
      throw new Error(`the gap "${gap.operation}" names no operation and no case`);
    byName.set(gap.operation, gap);
  }
  return (check) => {
    const name = namesOf(check).find((each) => byName.has(each));
    return name === undefined ? undefined : byName.get(name);
  };
}

/** Rejects when a check passes that a gap says cannot: then the gap is no more. */
export async function assertStillGap(check: Check, gap: Gap, workbench: Workbench): Promise<void> {
  const works = await runCheck(check, workbench).then(
    () => true,
    () => false,
  );
  if (works) throw new Error(`the gap "${gap.operation}" is stale: ${idOf(check)} works`);
}

/** Everything a gap may call a check, the narrowest name first. */
function namesOf(check: Check): string[] {
  const { subject, name, dtype, aspect } = check;
  const variants = [dtype, aspect].filter((each) => each !== undefined);
  return [
    idOf(check),
    `${subject}/${name}`,
    ...variants.map((variant) => `${subject} (${variant})`),
    subject,
  ];
}
