import { type AnySampler, ArgumentError, type ProcessKind, Registry, type Sampler } from '@softvq/core';
import { ddim, ddpm, dopri5, euler, eulerMaruyama, heun, stochasticHeun } from '../samplers/index.js';

const samplers = new Registry<AnySampler>('sampler', [
  ddpm(),
  ddim(),
  euler(),
  heun(),
  dopri5(),
  eulerMaruyama(),
  stochasticHeun(),
]);

/**
 * Makes a sampler usable by its name.
 *
 * @throws ArgumentError for another version of the contract, no name, or a name that is taken.
 */
export function registerSampler(sampler: AnySampler): void {
  samplers.register(sampler);
}

/**
 * A sampler by its name, or the one given, for a kind of process.
 *
 * @throws ArgumentError that lists those that fit, when there is no such sampler or it integrates another kind.
 */
export function findSampler<Kind extends ProcessKind>(
  sampler: string | Sampler<Kind>,
  kind: Kind,
): Sampler<Kind> {
  const found: Sampler<Kind> | AnySampler = typeof sampler === 'string' ? samplers.find(sampler) : sampler;
  if (found.integrates === kind) return found as Sampler<Kind>;
  throw new ArgumentError(
    `the sampler "${found.name}" integrates a process of kind "${found.integrates}", not "${kind}"; those for it are ${samplerNames(kind).join(', ')}`,
  );
}

/** The names of all samplers, or of those for a kind of process. */
export function samplerNames(kind?: ProcessKind): string[] {
  const fitting = samplers.values().filter((each) => kind === undefined || each.integrates === kind);
  return fitting.map(({ name }) => name);
}
