import type { Storage } from './storage.js';
import { storagesBehind } from './tensor.js';
import type { Leaf } from './tree.js';

/**
 * The names of storages. A tensor that is computed from one alone, such as its conversion to another type, names that. Of
 * several names, one that `isPreferred` counts, and else the first.
 */
export function nameStorages(
  named: readonly Leaf[],
  isPreferred: (name: string) => boolean,
): ReadonlyMap<Storage, string> {
  const names = new Map<Storage, string>();
  for (const { path, tensor } of named) {
    const [storage, ...others] = storagesBehind([tensor]);
    if (storage === undefined || others.length > 0) continue;
    if (!names.has(storage) || isPreferred(path)) names.set(storage, path);
  }
  return names;
}
