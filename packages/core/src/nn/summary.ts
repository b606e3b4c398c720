import { formatSpec } from '../graph/table/index.js';
import { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { isContainer, slotsOf } from './module-tree.js';

/** A module or a tensor of the tree. */
interface Branch {
  readonly name: string;
  readonly title: string;
  readonly branches: readonly Branch[];
}

/**
 * The tree of a module as text: a line for each module that holds tensors with its number of parameters, and one
 * for each tensor.
 * Neighbours that differ in their number only, such as the blocks of a transformer, share their lines.
 */
export function summarize(root: Module): string {
  const roles = new Map(slotsOf(root).map(({ name, role }) => [name, role]));

  const branchOf = (name: string, path: string, module: Module): Branch => {
    const count = module.parameterCount.toLocaleString('en-US');
    const title = `${module.constructor.name}, ${count} parameters`;
    return { name, title, branches: branchesOf(module, '', path === '' ? '' : `${path}.`) };
  };

  /** `local` and `prefix` are what the names begin with: those within the module and within the root. */
  const branchesOf = (container: object, local: string, prefix: string): Branch[] =>
    Object.entries(container).flatMap(([key, value]: [string, unknown]): Branch[] => {
      const name = `${local}${key}`;
      const path = `${prefix}${key}`;
      if (value instanceof Tensor) {
        const role = roles.get(path);
        const title = `${formatSpec(value)}${role === 'trainable' ? '' : `, ${role}`}`;
        return [{ name, title, branches: [] }];
      }
      if (value instanceof Module) {
        const branch = branchOf(name, path, value);
        // Activations, dropout and other modules without tensors tell nothing here.
        return branch.branches.length === 0 ? [] : [branch];
      }
      return isContainer(value) ? branchesOf(value, `${name}.`, `${path}.`) : [];
    });

  const { title, branches } = branchOf('', '', root);
  return [title, ...lines(branches)].join('\n');
}

function lines(branches: readonly Branch[]): string[] {
  const result: string[] = [];
  for (let first = 0; first < branches.length; ) {
    const branch = branches[first]!;
    let last = first;
    while (last + 1 < branches.length && isAlike(branch, branches[last + 1]!)) last++;
    const copies = last - first + 1;
    const name = copies === 1 ? branch.name : `${branch.name} to ${branches[last]!.name}`;
    result.push(`  ${name}: ${copies === 1 ? '' : `${copies} × `}${branch.title}`);
    result.push(...lines(branch.branches).map((line) => `  ${line}`));
    first = last + 1;
  }
  return result;
}

/** Whether two branches differ in nothing but the number at the end of their names. */
function isAlike(a: Branch, b: Branch): boolean {
  const stem = ({ name }: Branch): string => name.replace(/\d+$/, '');
  return a.branches.length > 0 && stem(a) === stem(b) && text(a) === text(b);
}

function text({ title, branches }: Branch): string {
  return [title, ...lines(branches)].join('\n');
}
