import type { Tokenizer } from '@softvq/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type FullWorkbench, idOf } from './check.js';
import type { TokenizerConformanceOptions } from './options.js';
import { allChecks, type CreateTokenizer, openWorkbench, runCheck } from './run-checks.js';

/**
 * Declares the tests that prove a tokenizer, in a vitest test file:
 *
 *     describeTokenizer('mine', () => new Mine(smallOptions), { createBackend: cpu, roundTrip: saveAndLoad });
 *
 * Shapes, determinism, independence of the batch, symbolic batches, finite outputs, gradients, normalised latents,
 * saving and refusals. The smaller the tokenizer, the faster; it needs no training.
 */
export function describeTokenizer<T extends Tokenizer>(
  name: string,
  create: CreateTokenizer<T>,
  options: TokenizerConformanceOptions<T>,
): void {
  const { timeout = 60_000, withoutGradient = [] } = options;
  describe(name, () => {
    let workbench: FullWorkbench<T>;
    beforeAll(async () => {
      workbench = await openWorkbench(create, options);
      for (const { parameter, reason } of withoutGradient) {
        console.info(`no gradient in ${name}: ${parameter}: ${reason}`);
      }
    }, timeout);
    afterAll(() => workbench.backend.dispose());
    for (const check of allChecks<T>()) it(idOf(check), { timeout }, () => runCheck(check, workbench));
  });
}
