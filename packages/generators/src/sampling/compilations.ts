/** Something compiled, which holds a copy of a network's weights. */
export interface Compiled {
  dispose(): Promise<void>;
}

/** What is wanted: the same key gives the same thing again. */
export interface Wanted<C extends Compiled> {
  /** Compared element by element, by identity. */
  readonly key: readonly unknown[];
  readonly make: () => C;
}

/** Compiled things in use. They stay until `release`, whatever is wanted meanwhile. */
export interface Lease<C extends Compiled> {
  /** In the order they were wanted. */
  readonly compiled: readonly C[];
  /** Ends the use. What the latest lease did not want is freed. */
  release(): Promise<void>;
}

interface Entry {
  readonly purpose: string;
  readonly key: readonly unknown[];
  readonly compiled: Compiled;
  users: number;
  /** Whether the latest lease of this purpose wanted it. */
  current: boolean;
}

const kept = new WeakMap<object, Compilations>();

/**
 * What sampling compiled for one generator. Weights are large, so for each purpose only what the latest caller
 * wanted is kept.
 */
export class Compilations {
  #entries: Entry[] = [];

  /** Those of a generator. Copies that `with` makes have their own. */
  static of(generator: object): Compilations {
    const known = kept.get(generator) ?? new Compilations();
    kept.set(generator, known);
    return known;
  }

  /**
   * What is wanted for a purpose, from earlier calls or made now. What else was kept for it is freed as soon as
   * nobody uses it.
   */
  async lease<C extends Compiled>(purpose: string, wanted: readonly Wanted<C>[]): Promise<Lease<C>> {
    const leased: Entry[] = [];
    for (const entry of this.#entries) if (entry.purpose === purpose) entry.current = false;
    for (const { key, make } of wanted) {
      let entry = this.#entries.find((each) => each.purpose === purpose && sameKey(each.key, key));
      if (entry === undefined) {
        entry = { purpose, key, compiled: make(), users: 0, current: true };
        this.#entries.push(entry);
      }
      entry.current = true;
      entry.users += 1;
      leased.push(entry);
    }
    await this.#free((entry) => !entry.current && entry.users === 0);
    let released = false;
    return {
      compiled: leased.map((entry) => entry.compiled as C),
      release: async () => {
        if (released) return;
        released = true;
        for (const entry of leased) entry.users -= 1;
        await this.#free((entry) => !entry.current && entry.users === 0);
      },
    };
  }

  /** Frees everything, also what is in use. */
  dispose(): Promise<void> {
    return this.#free(() => true);
  }

  async #free(choose: (entry: Entry) => boolean): Promise<void> {
    const freed = this.#entries.filter(choose);
    this.#entries = this.#entries.filter((entry) => !freed.includes(entry));
    await Promise.all(freed.map((entry) => entry.compiled.dispose()));
  }
}

function sameKey(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** Frees what sampling compiled for a generator: what its `dispose` method does. */
export function disposeCompiled(generator: object): Promise<void> {
  return Compilations.of(generator).dispose();
}
