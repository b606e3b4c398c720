import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { cast } from '../operations/elementwise.js';
import { formatShape, shapesEqual, sizeOf } from '../tensor/dimension.js';
import { type DType, isFloating } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { type LoadOptions, type LoadReport, loadStateDict, type StateDictSource } from './load-state-dict.js';
import { copyTree, modulesOf, type Slot, slotsOf } from './module-tree.js';
import { type Role, setRole } from './roles.js';
import { summarize } from './summary.js';

/** Tensors by name. */
export type TensorRecord = Readonly<Record<string, Tensor>>;

/**
 * A part of a network: its fields hold the parameters and the parts it is made of, and a method (`forward`, by
 * custom) computes with them.
 *
 * Fields that hold tensors or modules, also in arrays and plain objects, name the state exactly as PyTorch's state
 * dictionaries do: `this.blocks = [new TransformerBlock(…)]` makes `blocks.0.attn.qkv.weight`, and
 * `this.adaLN_modulation = { 1: new Linear(…) }` makes `adaLN_modulation.1.weight`. So fields are spelled as in the
 * checkpoint. Other fields are settings.
 *
 * Every tensor is a trainable parameter unless the constructor says otherwise with `mark`.
 *
 * A module is differentiated by handing its parameters to a function that computes with a copy holding them:
 *
 *     const { value, gradient } = valueAndGrad((p: TensorRecord) => lossOf(model.with(p), images))(model.parameters());
 *
 * Copies are made field by field without running the constructor. Subclasses therefore use TypeScript's `private`,
 * not `#private` names, and methods rather than arrow functions that hold on to `this`.
 */
export abstract class Module {
  /**
   * Says what the tensors of the named fields are for, in the constructor. A field may hold a module, all of whose
   * tensors get the role unless they are marked there.
   */
  protected mark(role: Exclude<Role, 'trainable'>, ...fields: (keyof this & string)[]): void {
    for (const field of fields) setRole(this, field, role);
  }

  /**
   * Names, within this module, that a PyTorch checkpoint may hold and that mean nothing here. Loading ignores them.
   */
  get unusedNames(): readonly string[] {
    return [];
  }

  /** What training changes. A tensor with several names is listed by the first. */
  parameters(): Record<string, Tensor> {
    return record(distinct(slotsOf(this)), (role) => role === 'trainable');
  }

  /** What is saved with the parameters and not trained: frozen parameters, running statistics, fixed tables. */
  buffers(): Record<string, Tensor> {
    return record(distinct(slotsOf(this)), (role) => role === 'frozen' || role === 'buffer');
  }

  /** Everything that is saved, by all of its names. */
  stateDict(): Record<string, Tensor> {
    return record(slotsOf(this), (role) => role !== 'constant');
  }

  /** This module as '' and every module in it, each by its first name. */
  namedModules(): ReadonlyMap<string, Module> {
    return modulesOf(this);
  }

  /** How many numbers the parameters hold, frozen ones included and buffers not, as PyTorch counts. */
  get parameterCount(): number {
    const counted = distinct(slotsOf(this)).filter(({ role }) => role === 'trainable' || role === 'frozen');
    return counted.reduce((sum, { tensor }) => sum + sizeOf(tensor.shape as readonly number[]), 0);
  }

  /**
   * A copy that holds other tensors under the given names of the state dictionary and shares the rest. This module
   * stays as it is. A tensor with several names is replaced under all of them.
   *
   * @param parameters any part of the state dictionary, of the same shapes; floating element types may differ.
   * @throws ArgumentError for a name that the module does not have, ShapeError for another shape,
   * DTypeError for another element type unless both are floating.
   */
  with(parameters: TensorRecord): this {
    const named = new Map<string, Slot>(savedSlots(this).map((slot) => [slot.name, slot]));
    const replacements = new Map<Tensor, Tensor>();
    for (const [name, next] of Object.entries(parameters)) {
      const current = named.get(name)?.tensor;
      if (current === undefined) {
        throw new ArgumentError(`${this.constructor.name} has no "${name}"; ${someNames(named.keys())}`);
      }
      assertReplaces(name, current, next);
      replacements.set(current, next);
    }
    return copyTree(this, replacements);
  }

  /**
   * A copy, sharing all tensors, in which training leaves the parameters alone that the function chooses by their
   * name: they move from `parameters()` to `buffers()`.
   */
  freeze(choose: (name: string) => boolean): this {
    const copy = copyTree(this, new Map());
    for (const { name, role, module, path } of slotsOf(copy)) {
      if (role === 'trainable' && choose(name)) setRole(module, path, 'frozen');
    }
    return copy;
  }

  /** A copy whose floating-point tensors are converted, lazily. */
  cast(dtype: DType): this {
    const replacements = new Map<Tensor, Tensor>();
    for (const { tensor } of slotsOf(this)) {
      if (isFloating(tensor.dtype)) replacements.set(tensor, cast(tensor, dtype));
    }
    return copyTree(this, replacements);
  }

  /**
   * Takes over the tensors of a state dictionary: tensors at hand, or tensors of a file that are read, or mapped by
   * the engine, when they are first needed. Other element types are converted to those of the module. Copies that
   * `with` made keep what they have.
   *
   * Strict loading changes nothing unless every name and shape fits; otherwise what fits is loaded. A tensor that
   * has several names here needs one of them, and takes the last.
   *
   * @returns what was loaded and what was not.
   * @throws StateDictError, with the report as its cause, when `strict` and anything is missing, unexpected or of
   * another shape.
   */
  loadStateDict(source: StateDictSource, options: LoadOptions = {}): LoadReport {
    return loadStateDict(this, source, options);
  }

  /** The tree of modules with shapes and numbers of parameters. */
  toString(): string {
    return summarize(this);
  }
}

function savedSlots(module: Module): Slot[] {
  return slotsOf(module).filter(({ role }) => role !== 'constant');
}

/** The first slot of each tensor. */
function distinct(slots: readonly Slot[]): Slot[] {
  const seen = new Set<Tensor>();
  return slots.filter(({ tensor }) => !seen.has(tensor) && seen.add(tensor));
}

function record(slots: readonly Slot[], includes: (role: Role) => boolean): Record<string, Tensor> {
  return Object.fromEntries(
    slots.filter(({ role }) => includes(role)).map(({ name, tensor }) => [name, tensor]),
  );
}

function assertReplaces(name: string, current: Tensor, next: Tensor): void {
  if (!shapesEqual(next.shape, current.shape)) {
    throw new ShapeError(
      `"${name}" is ${formatShape(current.shape)} and cannot be replaced by ${formatShape(next.shape)}`,
    );
  }
  if (next.dtype !== current.dtype && !(isFloating(next.dtype) && isFloating(current.dtype))) {
    throw new DTypeError(`"${name}" is ${current.dtype} and cannot be replaced by ${next.dtype}`);
  }
}

function someNames(names: Iterable<string>): string {
  const all = [...names];
  if (all.length === 0) return 'it has no tensors';
  return `it has ${all.slice(0, 5).join(', ')}${all.length > 5 ? ` and ${all.length - 5} more` : ''}`;
}
