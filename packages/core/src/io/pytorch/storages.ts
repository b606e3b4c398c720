import { FileFormatError } from '../../errors.js';
import { type ElementRun, viewRun } from '../element-run.js';
import { bytesPerFileElement, type FileElementType } from '../file-elements.js';
import { kindOf, type PickleValue, PythonReference } from '../pickle/value.js';
import type { StoredTensor } from '../stored-tensor.js';
import { storageTypes } from './element-codes.js';

/** A storage as a pickle refers to it. */
export interface StorageReference {
  readonly key: string;
  readonly type: FileElementType;
  /** Elements. */
  readonly length: number;
  /** Old files only: the storage is a part of another one, from element `offset`, `length` elements long. */
  readonly part?: { readonly offset: number; readonly length: number };
}

/** The storages that one file has handed out, so that tensors can be built on them. */
export class Storages {
  readonly #file: string;
  readonly #locate: (reference: StorageReference) => ElementRun;
  readonly #runs = new WeakMap<object, { run: ElementRun; length: number }>();

  /** @param locate where the elements are; throws when the file does not have them. */
  constructor(file: string, locate: (reference: StorageReference) => ElementRun) {
    this.#file = file;
    this.#locate = locate;
  }

  /** The storage of a persistent identifier. It can also be read as a tensor of one axis. */
  load(id: PickleValue): StoredTensor {
    const reference = this.#parse(id);
    const whole = this.#locate(reference);
    const { offset, length } = reference.part ?? { offset: 0, length: reference.length };
    const run = offset === 0 ? whole : partOfRun(whole, offset);
    const tensor = viewRun(run, { shape: [length] });
    this.#runs.set(tensor, { run, length });
    return tensor;
  }

  /** What a storage that was loaded consists of; undefined for anything else. */
  get(value: PickleValue | undefined): { run: ElementRun; length: number } | undefined {
    return typeof value === 'object' && value !== null ? this.#runs.get(value) : undefined;
  }

  #parse(id: PickleValue): StorageReference {
    const fail = (message: string) =>
      new FileFormatError(this.#file, `malformed reference to a storage: ${message}`);
    if (!Array.isArray(id)) throw fail(`${kindOf(id)} where a tuple must be`);
    const [kind, storageType, key, , length, part = null] = id;
    if (kind !== 'storage')
      throw fail(`it refers to ${typeof kind === 'string' ? JSON.stringify(kind) : kindOf(kind)}`);
    const type = storageType instanceof PythonReference ? storageTypes.get(storageType.name) : undefined;
    if (type === undefined) throw fail(`${kindOf(storageType)} is no storage class`);
    if (typeof key !== 'string') throw fail(`${kindOf(key)} for a key`);
    if (!isCount(length)) throw fail(`storage ${key} has ${kindOf(length)} for its length`);
    if (part === null) return { key, type, length };
    const [, partOffset, partLength] = Array.isArray(part) ? part : [];
    if (!isCount(partOffset) || !isCount(partLength) || partOffset + partLength > length) {
      throw fail(`a part of storage ${key} lies outside its ${length} elements`);
    }
    return { key, type, length, part: { offset: partOffset, length: partLength } };
  }
}

export function isCount(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function partOfRun(run: ElementRun, offset: number): ElementRun {
  const { region } = run;
  const skipped = offset * bytesPerFileElement(run.type);
  const range = region.range && {
    source: region.range.source,
    offset: region.range.offset + skipped,
    length: region.range.length - skipped,
  };
  return {
    ...run,
    region: {
      size: region.size - skipped,
      ...(range && { range }),
      read: (start, length) => region.read(skipped + start, length),
    },
  };
}
