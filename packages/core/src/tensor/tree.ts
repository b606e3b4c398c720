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
  const structure = collect(tree, '', leaves);
  return {
    leaves,
    structure,
    rebuild: (tensors) => {
      let next = 0;
      return mapTree(tree, () => tensors[next++]!);
    },
  };
}

/** Adds the leaves of a value to `leaves`, and tells its structure. */
function collect(value: unknown, path: string, leaves: Leaf[]): string {
  if (value instanceof Tensor) {
    leaves.push({ path, tensor: value });
    return '*';
  }
  if (!isBranch(value)) return staticText(value, path);
  const keys = Object.keys(value);
  let structure = Array.isArray(value) ? `[${keys.length}` : `{${keys.length}`;
  for (const key of keys) {
    const child = collect((value as Branch)[key], path === '' ? key : `${path}.${key}`, leaves);
    // The length tells where a name ends, whatever is in it.
    structure += `,${key.length}:${key}${child}`;
  }
  return structure;
}

/** The tree with every tensor replaced by what `replace` makes of it. */
export function mapTree<Tree>(tree: Tree, replace: (tensor: Tensor) => Tensor): Tree {
  return replaced(tree, replace) as Tree;
}

function replaced(value: unknown, replace: (tensor: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return replace(value);
  if (Array.isArray(value)) return value.map((child) => replaced(child, replace));
  if (!isBranch(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replaced(child, replace)]));
}

/** Every tensor that any value holds in nested arrays and plain objects, in order. */
export function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  return isBranch(value) ? Object.values(value).flatMap(tensorsIn) : [];
}

type Branch = Readonly<Record<string, unknown>>;

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
