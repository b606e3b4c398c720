import type { Backend, Generator, Precision, Tensor } from '@softvq/core';

/** What computes a network, and in what. */
export interface Execution {
  readonly backend: Backend;
  /** Without it, everything is computed in the types it is written in. */
  readonly precision: Precision | undefined;
}

/** Equal element by element, by identity, for executions that need no other code. */
export function executionKey({ backend, precision }: Execution): readonly unknown[] {
  if (precision === undefined || typeof precision === 'string') return [backend, precision];
  const kept = (precision.keep ?? []).map((pattern) =>
    typeof pattern === 'string' ? JSON.stringify(pattern) : String(pattern),
  );
  return [backend, [precision.compute, ...kept].join(' ')];
}

/** For `compile`: where, and in what the tensors of these names are computed. */
export function executionOptions(
  { backend, precision }: Execution,
  names: Readonly<Record<string, Tensor>>,
): {
  readonly backend: Backend;
  readonly precision?: Precision;
  readonly names?: Readonly<Record<string, Tensor>>;
} {
  return precision === undefined ? { backend } : { backend, precision, names };
}

/** Names for all weights of a step: those of the generator, and behind `other.` those of one to be guided away from. */
export function weightNames(
  generator: Pick<Generator, 'stateDict'>,
  other?: Pick<Generator, 'stateDict'>,
): Readonly<Record<string, Tensor>> {
  const ofOther = Object.entries(other?.stateDict() ?? {}).map(([name, tensor]) => [`other.${name}`, tensor]);
  // Last, as a tensor that both have is known by the name it has in the generator.
  return { ...Object.fromEntries(ofOther), ...generator.stateDict() };
}
