import type { Backend, Tokenizer } from '@softvq/core';
import type { TokenizerConformanceOptions } from './options.js';

/** What a check works with. */
export interface Workbench<T extends Tokenizer = Tokenizer> {
  /** What the tokenizer runs on; the default backend while a check runs. */
  readonly backend: Backend;
  /** Makes the tokenizer under test, always with the same values; they are not its initial ones. */
  readonly create: () => Promise<T>;
}

/** A workbench with what only the author of the tokenizer can tell. */
export interface FullWorkbench<T extends Tokenizer> extends Workbench<T> {
  readonly options: TokenizerConformanceOptions<T>;
}

/** One thing that a tokenizer must get right. */
export interface Check<W extends Workbench = Workbench> {
  /** The area of the contract. */
  readonly subject: string;
  /** Tells the checks of one subject apart. */
  readonly name: string;
  /** Rejects when the tokenizer gets it wrong. */
  readonly run: (workbench: W) => Promise<void>;
}

/** `subject/name`, unique among all checks. */
export function idOf({ subject, name }: Pick<Check, 'subject' | 'name'>): string {
  return `${subject}/${name}`;
}

/** Checks of one area, by name. */
export function checksOf<W extends Workbench = Workbench>(
  subject: string,
  runs: Readonly<Record<string, Check<W>['run']>>,
): Check<W>[] {
  return Object.entries(runs).map(([name, run]) => ({ subject, name, run }));
}
