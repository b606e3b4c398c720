import { ArgumentError, defaultBackend, type SampleOptions } from '@softvq/core';
import { type Guidance, type GuidanceSupport, resolveGuidance } from '../guidance/guidance.js';
import type { Execution } from './execution.js';

/** A call of `sample` with everything checked and decided but the sampler. */
export interface SamplePlan {
  /** A class for each image, or null for none. */
  readonly labels: readonly (number | null)[];
  readonly firstIndex: number;
  readonly batchSize: number;
  readonly guidance: Guidance;
  readonly temperature: number;
  readonly execution: Execution;
}

/** @throws ArgumentError for anything that does not fit, naming it. */
export function planSampling(options: Omit<SampleOptions, 'sampler'>, support: GuidanceSupport): SamplePlan {
  const labels = checkedLabels(options, support.generator);
  const { seed, firstIndex = 0, batchSize = labels.length, temperature = 1 } = options;
  if (seed !== undefined && !(Number.isSafeInteger(seed) && seed >= 0)) {
    throw new ArgumentError(`sample: the seed is a whole number from 0, not ${seed}`);
  }
  if (!(Number.isSafeInteger(firstIndex) && firstIndex >= 0)) {
    throw new ArgumentError(`sample: firstIndex is a whole number from 0, not ${firstIndex}`);
  }
  assertCount('batchSize', batchSize);
  if (!(Number.isFinite(temperature) && temperature >= 0)) {
    throw new ArgumentError(`sample: the temperature is a number from 0, not ${temperature}`);
  }
  const guidance = resolveGuidance(options.guidance, support);
  return {
    labels,
    firstIndex,
    batchSize,
    guidance,
    temperature,
    execution: { backend: options.backend ?? defaultBackend(), precision: options.precision },
  };
}

/** @throws ArgumentError unless the value is a whole number from 1. */
export function assertCount(what: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 1)) {
    throw new ArgumentError(`sample: ${what} is a whole number from 1, not ${value}`);
  }
}

function checkedLabels(
  { labels, count }: Pick<SampleOptions, 'labels' | 'count'>,
  { name, classes }: GuidanceSupport['generator'],
): readonly (number | null)[] {
  if ((labels === undefined) === (count === undefined)) {
    throw new ArgumentError(
      'sample: give either labels, one for each image, or count, for images without a class',
    );
  }
  if (labels === undefined) {
    assertCount('count', count!);
    return Array.from({ length: count! }, () => null);
  }
  assertCount('the number of labels', labels.length);
  for (const [i, label] of labels.entries()) {
    if (label !== null && !(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ArgumentError(
        `sample: label ${i} is ${String(label)}; ${name} knows the classes 0 to ${classes - 1}, and null for none`,
      );
    }
  }
  return [...labels];
}
