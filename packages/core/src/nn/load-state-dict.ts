import { StateDictError } from '../errors.js';
import type { StoredTensor } from '../io/stored-tensor.js';
import { formatShape, type Shape, shapesEqual } from '../tensor/dimension.js';
import { matchesName, type NamePattern } from '../tensor/name-patterns.js';
import type { Tensor } from '../tensor/tensor.js';
import { tensorOfType } from './convert-elements.js';
import type { Module } from './module.js';
import { modulesOf, type Slot, slotsOf } from './module-tree.js';

/** Tensors by name: of a file (`TensorFile.tensors`), or of another module (`stateDict()`). */
export type StateDictSource =
  | ReadonlyMap<string, Tensor | StoredTensor>
  | Readonly<Record<string, Tensor | StoredTensor>>;

export interface LoadOptions {
  /** Whether everything must fit. Default true. */
  readonly strict?: boolean;
  /**
   * Names neither loaded nor missed: a name, the name of a module and so everything in it, or a pattern. They are
   * names without the prefix.
   */
  readonly ignore?: readonly NamePattern[];
  /** Only names that begin with it are looked at, without it: `'module.'`, `'encoder.'`. */
  readonly prefix?: string;
}

/** A tensor whose shape is not the module's. */
export interface Misshapen {
  readonly name: string;
  readonly expected: Shape;
  readonly found: Shape;
}

/** How a state dictionary fits a module. Names are the module's, without a prefix. */
export interface LoadReport {
  readonly loaded: readonly string[];
  /** In the module and not in the dictionary. */
  readonly missing: readonly string[];
  /** In the dictionary and not in the module. */
  readonly unexpected: readonly string[];
  readonly misshapen: readonly Misshapen[];
  /** Left out by `ignore`, or because PyTorch saves them and this library has no use for them. */
  readonly ignored: readonly string[];
}

/** See `Module.loadStateDict`. */
export function loadStateDict(
  module: Module,
  source: StateDictSource,
  { strict = true, ignore = [], prefix = '' }: LoadOptions,
): LoadReport {
  const ignored = [...ignore, ...unusedNames(module)];
  const isIgnored = (name: string): boolean => matchesName(ignored, name);
  const found = entriesBelow(source, prefix);
  const slots = slotsOf(module).filter(({ role }) => role !== 'constant');
  const names = new Set(slots.map(({ name }) => name));
  const wanted = slots.filter(({ name }) => !isIgnored(name));
  const fits = ({ name, tensor }: Slot): boolean => shapesEqual(found.get(name)!.shape, tensor.shape);

  const present = wanted.filter(({ name }) => found.has(name));
  const provided = new Set(present.map(({ tensor }) => tensor));
  const report: LoadReport = {
    loaded: present.filter(fits).map(({ name }) => name),
    missing: wanted.filter(({ tensor }) => !provided.has(tensor)).map(({ name }) => name),
    unexpected: [...found.keys()].filter((name) => !names.has(name) && !isIgnored(name)),
    misshapen: present
      .filter((slot) => !fits(slot))
      .map(({ name, tensor }) => ({ name, expected: tensor.shape, found: found.get(name)!.shape })),
    ignored: [...found.keys()].filter(isIgnored),
  };
  const wrong = report.missing.length + report.unexpected.length + report.misshapen.length;
  if (strict && wrong > 0) {
    throw new StateDictError(explain(module, report, prefix), { cause: report });
  }

  const replacements = new Map<Tensor, Tensor>();
  for (const { name, tensor } of present.filter(fits)) {
    replacements.set(tensor, tensorOfType(found.get(name)!, tensor.dtype));
  }
  for (const { tensor, set } of slots) {
    const next = replacements.get(tensor);
    if (next !== undefined) set(next);
  }
  return report;
}

function entriesBelow(source: StateDictSource, prefix: string): Map<string, Tensor | StoredTensor> {
  const entries: Iterable<[string, Tensor | StoredTensor]> = isMap(source) ? source : Object.entries(source);
  const below = new Map<string, Tensor | StoredTensor>();
  for (const [name, tensor] of entries) {
    if (name.startsWith(prefix)) below.set(name.slice(prefix.length), tensor);
  }
  return below;
}

function isMap(source: StateDictSource): source is ReadonlyMap<string, Tensor | StoredTensor> {
  return source instanceof Map;
}

function unusedNames(root: Module): string[] {
  return [...modulesOf(root)].flatMap(([path, module]) =>
    module.unusedNames.map((name) => (path === '' ? name : `${path}.${name}`)),
  );
}

const shown = 5;

function explain(module: Module, report: LoadReport, prefix: string): string {
  const { missing, unexpected, misshapen } = report;
  const lines = [
    list('missing from the dictionary', missing),
    list('not in the module', unexpected),
    list(
      'of another shape',
      misshapen.map((each) => `${each.name} ${formatShape(each.found)} for ${formatShape(each.expected)}`),
    ),
    advice(report, prefix),
  ];
  return [
    `the state dictionary does not fit ${module.constructor.name}; nothing was loaded`,
    ...lines.filter((line) => line !== ''),
  ].join('\n  ');
}

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.length} ${what}: ${names.slice(0, shown).join(', ')}${rest}`;
}

function advice({ missing, unexpected, misshapen }: LoadReport, prefix: string): string {
  const common = missingPrefix(missing, unexpected);
  if (common !== undefined) return `All names begin with "${common}": pass { prefix: '${prefix}${common}' }`;
  if (misshapen.length > 0) {
    return 'Build the module with the sizes the checkpoint was trained with, or pass { strict: false } to load what fits';
  }
  return 'Name what may differ in { ignore: […] }, or pass { strict: false } to load what fits';
}

/** What all unexpected names begin with, if without it they are the missing ones. */
function missingPrefix(missing: readonly string[], unexpected: readonly string[]): string | undefined {
  const [first] = missing;
  const match = unexpected.find((name) => first !== undefined && name.endsWith(`.${first}`));
  if (first === undefined || match === undefined) return undefined;
  const prefix = match.slice(0, -first.length);
  const names = new Set(unexpected);
  return missing.every((name) => names.has(`${prefix}${name}`)) ? prefix : undefined;
}
