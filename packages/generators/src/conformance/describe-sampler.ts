import type { AnySampler, ProcessKind, Sampler } from '@softvq/core';
import type { Check, CheckResult, KitOptions } from './check.js';
import { describeChecks } from './describe-checks.js';
import { runAll } from './run-checks.js';
import { type SamplerSubject, samplerChecks } from './sampler-checks.js';

export interface SamplerConformanceOptions extends KitOptions {
  /** How many steps bring it close to the data. Default its own. */
  readonly steps?: number;
  /** How far mean and deviation of normal data may be off then, beyond chance. Default 0.03. */
  readonly bias?: number;
}

/**
 * Declares the tests that prove a sampler, in a vitest test file:
 *
 *     describeSampler('mine', () => mine(), { createBackend: cpu });
 *
 * It is run on data whose best prediction is known exactly: normal numbers. They must come out with the right mean and
 * deviation, at every kind of prediction or variance; images must not depend on each other; it must stop and free.
 */
export function describeSampler<Kind extends ProcessKind>(
  name: string,
  create: () => Sampler<Kind>,
  options: SamplerConformanceOptions,
): void {
  describeChecks(name, samplerChecks(), subjectOf(create, options), options);
}

/** As `describeSampler`, without a test runner. */
export function runSamplerChecks<Kind extends ProcessKind>(
  create: () => Sampler<Kind>,
  options: SamplerConformanceOptions,
): Promise<CheckResult[]> {
  const checks: readonly Check<SamplerSubject>[] = samplerChecks();
  return runAll(checks, subjectOf(create, options), options);
}

function subjectOf<Kind extends ProcessKind>(
  create: () => Sampler<Kind>,
  { steps, bias = 0.03 }: SamplerConformanceOptions,
): SamplerSubject {
  return { create: () => create() as AnySampler, steps, bias };
}
