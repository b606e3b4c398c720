import type { AnyGenerator } from '@softvq/core';
import type { Check, CheckResult } from './check.js';
import { describeChecks } from './describe-checks.js';
import { generatorContract } from './generator-contract.js';
import type { CreateGenerator, GeneratorConformanceOptions, GeneratorSubject } from './generator-options.js';
import { generatorSampling } from './generator-sampling.js';
import { generatorStopping } from './generator-stopping.js';
import { generatorTraining } from './generator-training.js';
import { withOtherValues } from './other-values.js';
import { runAll } from './run-checks.js';

/**
 * Declares the tests that prove a generator, in a vitest test file:
 *
 *     describeGenerator('mine', () => new Mine(smallOptions), { createBackend: cpu, roundTrip: saveAndLoad });
 *
 * What it says of itself; images that depend on seed, index and label and on nothing else; guidance, events, previews,
 * aborting and freeing; refusals; loss, gradients, copies and saving. The smaller the generator, the faster; it needs
 * no training.
 */
export function describeGenerator<G extends AnyGenerator>(
  name: string,
  create: CreateGenerator<G>,
  options: GeneratorConformanceOptions<G>,
): void {
  for (const { parameter, reason } of options.withoutGradient ?? []) {
    console.info(`no gradient in ${name}: ${parameter}: ${reason}`);
  }
  describeChecks(name, allChecks<G>(), subjectOf(create, options), options);
}

/** As `describeGenerator`, without a test runner. */
export function runGeneratorChecks<G extends AnyGenerator>(
  create: CreateGenerator<G>,
  options: GeneratorConformanceOptions<G>,
): Promise<CheckResult[]> {
  return runAll(allChecks<G>(), subjectOf(create, options), options);
}

function allChecks<G extends AnyGenerator>(): Check<GeneratorSubject<G>>[] {
  return [
    ...generatorContract<G>(),
    ...generatorSampling<G>(),
    ...generatorStopping<G>(),
    ...generatorTraining<G>(),
  ];
}

function subjectOf<G extends AnyGenerator>(
  create: CreateGenerator<G>,
  options: GeneratorConformanceOptions<G>,
): GeneratorSubject<G> {
  return { create: async () => withOtherValues(await create()), steps: options.steps ?? 4, options };
}
