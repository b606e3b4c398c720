import { ArgumentError } from '../errors.js';

/** What can be registered: a plugin of some contract. */
export interface Registered {
  readonly specVersion: 1;
  readonly name: string;
}

/** Things of one kind by their names. */
export class Registry<T extends Registered> {
  /** What they are called in errors. */
  protected readonly kind: string;
  readonly #byName = new Map<string, T>();

  /** @param kind what they are called in errors: `sampler`. */
  constructor(kind: string, builtIn: readonly T[]) {
    this.kind = kind;
    for (const each of builtIn) this.register(each);
  }

  /** @throws ArgumentError for another version of the contract, no name, or a name that is taken. */
  register(entry: T): void {
    const { specVersion, name } = entry;
    if (specVersion !== 1) {
      throw new ArgumentError(
        `the ${this.kind} "${String(name)}" has specVersion ${String(specVersion)}; this library knows 1`,
      );
    }
    if (typeof name !== 'string' || name === '') {
      throw new ArgumentError(`a ${this.kind} needs a name to be registered by`);
    }
    const known = this.#byName.get(name);
    if (known !== undefined && known !== entry) {
      throw new ArgumentError(`another ${this.kind} is registered as "${name}"; give this one another name`);
    }
    this.#byName.set(name, entry);
  }

  /** @throws ArgumentError that lists what there is. */
  find(name: string): T {
    const found = this.#byName.get(name);
    if (found !== undefined) return found;
    throw new ArgumentError(
      `no ${this.kind} is registered as "${name}"; there are ${this.names().join(', ')}`,
    );
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  values(): T[] {
    return [...this.#byName.values()];
  }
}
