import { StateDictError } from '@softvq/core';
import type { LoadOptions, LoadReport, Module, StateDictSource } from '@softvq/core/nn';

/**
 * Loads all weights of a network that is not trained here.
 *
 * @param need what the network needs and where that is to be had, as the beginning of a sentence.
 * @throws StateDictError with that sentence and what is wrong, and the report as its cause, when weights are missing, of
 * another shape, or unknown.
 */
export function loadFrozenWeights(
  network: Module,
  weights: StateDictSource,
  need: string,
  options: Omit<LoadOptions, 'strict'> = {},
): LoadReport {
  const report = network.loadStateDict(weights, { ...options, strict: false });
  const { missing, unexpected } = report;
  const misshapen = report.misshapen.map(({ name }) => name);
  if (missing.length + unexpected.length + misshapen.length === 0) return report;
  const problems = [
    list('missing', missing),
    list('unknown', unexpected),
    list('of another shape', misshapen),
  ];
  throw new StateDictError(`${need}${problems.join('')}`, { cause: report });
}

const shown = 3;

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `; ${what}: ${names.slice(0, shown).join(', ')}${rest}`;
}
