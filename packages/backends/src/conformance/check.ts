import type { Backend, DType } from '@softvq/core';
import type { Tolerance } from './options.js';

/** What a check works with. */
export interface Workbench {
  /** The backend under test. */
  readonly backend: Backend;
  /** The truth. */
  readonly reference: Backend;
  /** Makes another backend like the one under test. */
  readonly createBackend: () => Promise<Backend>;
  readonly tolerance: Tolerance;
}

/** What tells a check from all others. */
export interface CheckName {
  /** The operation, or the area of the contract. */
  readonly subject: string;
  /** Tells the checks of one subject apart. */
  readonly name: string;
  /** The element type a case is run in, where it is run in several. */
  readonly dtype?: DType;
  /** What is looked at, where it is not just the result. */
  readonly aspect?: 'constant inputs' | 'gradient' | 'second derivative';
}

/** One thing that a backend must get right. */
export interface Check extends CheckName {
  /** Rejects when the backend gets it wrong. */
  readonly run: (workbench: Workbench) => Promise<void>;
}

/** `subject/name (element type, aspect)`, unique among all checks. */
export function idOf(check: CheckName): string {
  return `${check.subject}/${titleOf(check)}`;
}

/** What tells a check from the others of its subject. */
export function titleOf({ name, dtype, aspect }: CheckName): string {
  const variant = [dtype, aspect].filter((each) => each !== undefined).join(' ');
  return variant === '' ? name : `${name} (${variant})`;
}
