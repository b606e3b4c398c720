import { ArgumentError } from '../errors.js';
import { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { copyRoles, type Role, roleOf } from './roles.js';

/** A place of a module tree that holds a tensor. */
export interface Slot {
  /** As in a state dictionary: `blocks.0.attn.qkv.weight`. */
  readonly name: string;
  readonly tensor: Tensor;
  readonly role: Role;
  /** The innermost module around it. */
  readonly module: Module;
  /** The name within that module. */
  readonly path: string;
  /** Puts another tensor there. */
  readonly set: (tensor: Tensor) => void;
}

/** The slots of a tree in the order of the fields. A module or tensor that is used twice has all of its names. */
export function slotsOf(root: Module): Slot[] {
  const slots: Slot[] = [];
  walk(root, {
    tensor: (tensor, { name, role, module, path, container, key }) => {
      const set = (next: Tensor): void => {
        Reflect.set(container, key, next);
      };
      slots.push({ name, tensor, role, module, path, set });
    },
  });
  return slots;
}

/** Every module of a tree, the root as '' first, each by its first name only. */
export function modulesOf(root: Module): Map<string, Module> {
  const names = new Map<Module, string>([[root, '']]);
  walk(root, {
    module: (module, name) => {
      if (!names.has(module)) names.set(module, name);
    },
  });
  return new Map([...names].map(([module, name]) => [name, module]));
}

/**
 * A copy of the tree with other tensors in the places of those that `replace` knows. Modules are copied all, so
 * that later changes of one tree leave the other alone; tensors and settings are shared.
 */
export function copyTree<M extends Module>(root: M, replace: ReadonlyMap<Tensor, Tensor>): M {
  const copies = new Map<object, object>();
  const visit = (value: unknown): unknown => {
    if (value instanceof Tensor) return replace.get(value) ?? value;
    if (!isContainer(value)) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    let copy = value instanceof Module ? copyContainer(value) : undefined;
    for (const key of Object.keys(value)) {
      const child: unknown = Reflect.get(value, key);
      const next = visit(child);
      if (next === child) continue;
      copy ??= copyContainer(value);
      Reflect.set(copy, key, next);
    }
    copies.set(value, copy ?? value);
    return copy ?? value;
  };
  return visit(root) as M;
}

interface Place {
  readonly name: string;
  readonly role: Role;
  readonly module: Module;
  readonly path: string;
  readonly container: object;
  readonly key: string;
}

interface Visitor {
  readonly tensor?: (tensor: Tensor, place: Place) => void;
  readonly module?: (module: Module, name: string) => void;
}

function walk(root: Module, visitor: Visitor): void {
  const open = new Set<object>();
  const visit = (container: object, module: Module, ofModule: Role, prefix: string, local: string): void => {
    if (open.has(container)) {
      throw new ArgumentError(`a module must not contain itself, as "${prefix.slice(0, -1)}" does`);
    }
    open.add(container);
    for (const key of Object.keys(container)) {
      const child: unknown = Reflect.get(container, key);
      const name = `${prefix}${key}`;
      const path = `${local}${key}`;
      if (child instanceof Tensor) {
        const role = roleOf(module, path, ofModule);
        visitor.tensor?.(child, { name, role, module, path, container, key });
      } else if (child instanceof Module) {
        visitor.module?.(child, name);
        visit(child, child, roleOf(module, path, ofModule), `${name}.`, '');
      } else if (isContainer(child)) {
        visit(child, module, ofModule, `${name}.`, `${path}.`);
      }
    }
    open.delete(container);
  };
  visit(root, root, 'trainable', '', '');
}

/** Modules, arrays and plain objects: what a name of a state dictionary can lead through. */
export function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value) || value instanceof Module) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function copyContainer(value: object): object {
  if (Array.isArray(value)) return [...value];
  const copy: object = Object.assign(Object.create(Object.getPrototypeOf(value)), value);
  if (value instanceof Module) copyRoles(value, copy as Module);
  return copy;
}
