import type { Backend } from '@softvq/core';

/** One thing that must be right. */
export interface Check<Subject> {
  /** The area of the contract. */
  readonly subject: string;
  /** Tells the checks of one area apart. */
  readonly name: string;
  /** Rejects when it is wrong. */
  readonly run: (subject: Subject) => Promise<void>;
}

/** What came of one check. */
export interface CheckResult {
  /** `subject/name`. */
  readonly id: string;
  /** Why it failed, if it did. */
  readonly error?: unknown;
}

/** What every kit needs to be told. */
export interface KitOptions {
  /** Makes what is computed on. The kit disposes it. */
  readonly createBackend: () => Promise<Backend>;
  /** Milliseconds for one check; 60000 unless told. */
  readonly timeout?: number;
}

/** `subject/name`, unique among all checks of a kit. */
export function idOf({ subject, name }: Pick<Check<unknown>, 'subject' | 'name'>): string {
  return `${subject}/${name}`;
}

/** Checks of one area, by name. */
export function checksOf<Subject>(
  subject: string,
  runs: Readonly<Record<string, Check<Subject>['run']>>,
): Check<Subject>[] {
  return Object.entries(runs).map(([name, run]) => ({ subject, name, run }));
}
