import { MAR } from '../src/mar/mar.js';
import type { MAROptions } from '../src/mar/mar-options.js';
import { withOtherValues } from './other-values.js';

const transformer = { width: 16, depth: 1, heads: 2 };

/** Small, so that tests are fast. */
const options: MAROptions = {
  latentShape: [6, 3],
  encoder: transformer,
  decoder: transformer,
  head: { width: 12, depth: 1 },
  buffer: 2,
  classes: 5,
  headSteps: 4,
  seed: 1,
};

/** New models start as zero; these do not. */
export function smallMAR(changes: Partial<MAROptions> = {}): MAR {
  return withOtherValues(new MAR({ ...options, ...changes }), changes.seed ?? 1);
}
