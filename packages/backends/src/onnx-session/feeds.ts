import type { EngineTensor } from './engine.js';

/** Tensors by the names a session has for them. */
export function feedsOf(
  names: readonly string[],
  tensors: readonly EngineTensor[],
): Record<string, EngineTensor> {
  return Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
}
