import { FileFormatError } from '../../errors.js';
import type { PickleValue } from './value.js';

const deepest = 256;
const largest = 2 ** 26;

interface Measure {
  /** Values in the tree, those that are shared counted each time. */
  readonly size: number;
  /** Containers inside one another. */
  readonly depth: number;
}

/**
 * Makes sure that any program can walk a value: it does not contain itself, is not nested deeply, and is not a
 * small graph that unfolds into an enormous tree.
 */
export function checkTree(root: PickleValue, file: string): void {
  const measures = new Map<PickleValue, Measure | 'open'>();

  function measure(value: PickleValue, level: number): Measure {
    if (!isContainer(value)) return { size: 1, depth: 0 };
    const known = measures.get(value);
    if (known === 'open') throw new FileFormatError(file, 'an object in the pickle contains itself');
    if (level + (known?.depth ?? 1) > deepest) {
      throw new FileFormatError(file, `the pickle is nested more than ${deepest} deep`);
    }
    if (known !== undefined) return known;
    measures.set(value, 'open');
    let size = 1;
    let depth = 1;
    for (const child of childrenOf(value)) {
      const inner = measure(child, level + 1);
      size += inner.size;
      depth = Math.max(depth, inner.depth + 1);
      if (size > largest)
        throw new FileFormatError(file, `the pickle unfolds to more than ${largest} objects`);
    }
    measures.set(value, { size, depth });
    return { size, depth };
  }

  measure(root, 0);
}

type Container = PickleValue[] | Map<PickleValue, PickleValue> | Set<PickleValue>;

function isContainer(value: PickleValue): value is Container {
  return Array.isArray(value) || value instanceof Map || value instanceof Set;
}

function* childrenOf(container: Container): Iterable<PickleValue> {
  if (container instanceof Map) yield* container.keys();
  yield* container.values();
}
