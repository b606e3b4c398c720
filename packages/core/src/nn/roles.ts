import type { Module } from './module.js';

/**
 * What a tensor of a module is for.
 *
 * - `trainable`: changed by training; in the state dictionary. Every tensor that is not marked otherwise.
 * - `frozen`: a parameter that training leaves alone (PyTorch: `requires_grad = False`); in the state dictionary.
 * - `buffer`: part of the state but no parameter, such as running statistics; in the state dictionary.
 * - `constant`: made by the constructor and never saved (PyTorch: a buffer with `persistent=False`).
 */
export type Role = 'trainable' | 'frozen' | 'buffer' | 'constant';

/** Kept outside the instances, so that modules have no fields but those that name their state. */
const roles = new WeakMap<Module, ReadonlyMap<string, Role>>();

/** Gives what lies at a path within the module, a tensor or everything in a field, a role. */
export function setRole(module: Module, path: string, role: Role): void {
  roles.set(module, new Map(roles.get(module)).set(path, role));
}

/**
 * The role of what lies at a path within the module: its own mark, or that of the field it lies in, or else that of
 * the module itself. A module of constants has nothing but constants.
 */
export function roleOf(module: Module, path: string, ofModule: Role): Role {
  const marked = roles.get(module);
  if (marked === undefined || ofModule === 'constant') return ofModule;
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const role = marked.get(path.slice(0, end));
    if (role !== undefined) return role;
  }
  return ofModule;
}

/** Gives a copy of a module the marks of the original. */
export function copyRoles(from: Module, to: Module): void {
  const marked = roles.get(from);
  if (marked !== undefined) roles.set(to, marked);
}
