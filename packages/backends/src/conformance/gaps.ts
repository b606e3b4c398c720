import { type CheckName, idOf } from './check.js';
import type { Gap } from './options.js';

/** Which gap covers a check, if any. */
export type GapFinder = (check: CheckName) => Gap | undefined;

/**
 * Finds gaps by the names they give.
 *
 * @throws Error for a gap without a reason, or one that names no check.
 */
export function gapFinder(gaps: readonly Gap[], checks: readonly CheckName[]): GapFinder {
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
export async function assertStillGap(check: CheckName, gap: Gap, run: () => Promise<void>): Promise<void> {
  const works = await run().then(
    () => true,
    () => false,
  );
  if (works) throw new Error(`the gap "${gap.operation}" is stale: ${idOf(check)} works`);
}

/** Everything a gap may call a check, the narrowest name first. */
function namesOf(check: CheckName): string[] {
  const { subject, name, dtype, aspect } = check;
  const variants = [dtype, aspect].filter((each) => each !== undefined);
  return [
    idOf(check),
    `${subject}/${name}`,
    ...variants.map((variant) => `${subject} (${variant})`),
    subject,
  ];
}
