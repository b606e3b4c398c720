import { evaluate, type Tensor } from '@softvq/core';

/**
 * Sums over batches in double precision, by name: each is a list as long as the tensors of that name. A batch's own
 * sums are exact enough in the precision of the engine; those of a whole data set would not be.
 */
export class RunningSums<Name extends string> {
  readonly #totals = new Map<string, Float64Array>();

  /** Reads the tensors of a batch and adds their elements to the totals. The tensors stay as they are. */
  async add(sums: Readonly<Record<Name, Tensor>>): Promise<void> {
    // Lazy tensors have their network in common: it runs once.
    await evaluate(sums);
    const entries = Object.entries<Tensor>(sums).map(
      async ([name, each]) => [name, (await each.host()).data] as const,
    );
    for (const [name, data] of await Promise.all(entries)) {
      const total = this.#totals.get(name) ?? new Float64Array(data.length);
      for (const [i, value] of total.entries()) total[i] = value + Number(data[i]);
      this.#totals.set(name, total);
    }
  }

  /** The sums of a name, and nothing before the first batch. */
  of(name: Name): Float64Array {
    return this.#totals.get(name) ?? new Float64Array(0);
  }
}
