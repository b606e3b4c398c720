import { scope, setDefaultBackend, type Tokenizer } from '@softvq/core';
import { type Check, type FullWorkbench, idOf } from './check.js';
import { gradients } from './gradients.js';
import type { TokenizerConformanceOptions } from './options.js';
import { withOtherValues } from './other-values.js';
import { refusals } from './refusals.js';
import { repeatability } from './repeatability.js';
import { saving } from './saving.js';
import { shapes } from './shapes.js';
import { statistics } from './statistics.js';

/** Makes the tokenizer under test: a new one at each call, always with the same values, in float32. */
export type CreateTokenizer<T extends Tokenizer> = () => T | Promise<T>;

/** What came of one check. */
export interface CheckResult {
  /** `subject/name`. */
  readonly id: string;
  /** Why it failed, if it did. */
  readonly error?: unknown;
}

/** Everything that a tokenizer must get right. */
export function allChecks<T extends Tokenizer>(): Check<FullWorkbench<T>>[] {
  return [...shapes, ...repeatability, ...gradients<T>(), ...statistics, ...saving<T>(), ...refusals];
}

export async function openWorkbench<T extends Tokenizer>(
  create: CreateTokenizer<T>,
  options: TokenizerConformanceOptions<T>,
): Promise<FullWorkbench<T>> {
  return {
    backend: await options.createBackend(),
    create: async () => withOtherValues(await create()),
    options,
  };
}

/** Rejects when the tokenizer gets it wrong. Leaves no tensor behind. */
export async function runCheck<T extends Tokenizer>(
  check: Check<FullWorkbench<T>>,
  workbench: FullWorkbench<T>,
): Promise<void> {
  // Each time: tests of other tokenizers in the same file have backends of their own.
  setDefaultBackend(workbench.backend);
  await scope(() => check.run(workbench));
}

/** Runs the kit without a test runner, one check after the other. */
export async function runChecks<T extends Tokenizer>(
  create: CreateTokenizer<T>,
  options: TokenizerConformanceOptions<T>,
): Promise<CheckResult[]> {
  const workbench = await openWorkbench(create, options);
  const results: CheckResult[] = [];
  for (const check of allChecks<T>()) {
    const id = idOf(check);
    try {
      await runCheck(check, workbench);
      results.push({ id });
    } catch (error) {
      results.push({ id, error });
    }
  }
  await workbench.backend.dispose();
  return results;
}
