import { ArgumentError } from '../errors.js';
import { Tensor } from './tensor.js';

/** A tensor of a tree with the names that lead to it: `parameters.blocks.0.weight`. */
export interface Leaf {
  readonly path: string;
  readonly tensor: Tensor;
}

/** A tree taken apart. */
export interface FlatTree<Tree> {
  readonly leaves: readonly Leaf[];
  /** Everything but the tensors, as text: equal for trees that differ in their tensors only. */
  readonly structure: string;
  /** The same tree with other tensors in the places of `leaves`. */
  rebuild(tensors: readonly Tensor[]): Tree;
}

/**
 * Takes a tree apart: plain objects and arrays, nested, with tensors, numbers, strings, booleans,
 * null and undefined at the ends.
 *
 * @throws ArgumentError naming the path of anything else.
 */
export function flatten<Tree>(tree: Tree): FlatTree<Tree> {
  const leaves: Leaf[] = [];
  const structure: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value instanceof Tensor) {
      leaves.push({ path, tensor: value });
      structure.push('*');
    } else if (isBranch(value)) {
      const entries = Object.entries(value);
      structure.push(Array.isArray(value) ? `[${entries.length}` : `{${entries.length}`);
      for (const [key, child] of entries) {
        structure.push(JSON.stringify(key));
        visit(child, path === '' ? key : `${path}.${key}`);
      }
    } else {
      structure.push(staticText(value, path));
    }
  };
  visit(tree, '');
  return {
    leaves,
    structure: structure.join(','),
    rebuild: (tensors) => {
      let next = 0;
      return mapTree(tree, () => tensors[next++]!);
    },
  };
}

/** The tree with every tensor replaced by what `replace` makes of it. */
export function mapTree<Tree>(tree: Tree, replace: (tensor: Tensor) => Tensor): Tree {
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return replace(value);
    if (Array.isArray(value)) return value.map(visit);
    if (!isBranch(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, visit(child)]));
  };
  return visit(tree) as Tree;
}

/** Every tensor that any value holds in nested arrays and plain objects, in order. */
export function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return isBranch(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

function isBranch(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === Object.prototype || prototype === null;
}

function staticText(value: unknown, path: string): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
    case 'bigint':
      return `${typeof value}:${value}`;
    case 'string':
      return JSON.stringify(value);
    default:
      if (value === null) return 'null';
      throw new ArgumentError(
        `a tree holds tensors, numbers, strings, booleans, arrays and plain objects; at "${path}" is a ${typeof value === 'object' ? value.constructor.name : typeof value}`,
      );
  }
}
