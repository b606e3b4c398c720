import type { Tensor } from '@softvq/core';

/** What a meter has seen since it was last emptied, as plain JSON. */
export interface LossMeterState {
  readonly sums: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
}

/** A loss that is no finite number. */
export interface NonFiniteLoss {
  readonly step: number;
  readonly loss: string;
  readonly value: number;
}

interface Pending {
  readonly step: number;
  readonly losses: Readonly<Record<string, Tensor>>;
}

/**
 * Means of losses over an interval of steps. The scalars stay where the backend has them until `settle` reads all of
 * them, so that no step waits for its losses.
 */
export class LossMeter {
  readonly #sums = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  #pending: Pending[] = [];

  constructor(state: LossMeterState = { sums: {}, counts: {} }) {
    for (const [name, sum] of Object.entries(state.sums)) this.#sums.set(name, sum);
    for (const [name, count] of Object.entries(state.counts)) this.#counts.set(name, count);
  }

  /** Takes the losses of a step, and with them the duty to dispose them. */
  add(step: number, losses: Readonly<Record<string, Tensor>>): void {
    this.#pending.push({ step, losses });
  }

  /** Reads what was added. Returns the first loss that is not finite, if there is one. */
  async settle(): Promise<NonFiniteLoss | undefined> {
    const pending = this.#pending;
    this.#pending = [];
    const read = await Promise.all(
      pending.map(async ({ step, losses }) => ({
        step,
        losses: await Promise.all(
          Object.entries(losses).map(async ([loss, tensor]) => {
            const value = await tensor.item();
            tensor.dispose();
            return { loss, value };
          }),
        ),
      })),
    );
    for (const { step, losses } of read) {
      for (const { loss, value } of losses) {
        if (!Number.isFinite(value)) return { step, loss, value };
        this.#sums.set(loss, (this.#sums.get(loss) ?? 0) + value);
        this.#counts.set(loss, (this.#counts.get(loss) ?? 0) + 1);
      }
    }
    return undefined;
  }

  /** The means of what was settled, which is forgotten. */
  takeMeans(): Record<string, number> {
    const means = Object.fromEntries(
      [...this.#sums].map(([name, sum]) => [name, sum / this.#counts.get(name)!]),
    );
    this.#sums.clear();
    this.#counts.clear();
    return means;
  }

  /** What was settled and not taken yet. */
  state(): LossMeterState {
    return { sums: Object.fromEntries(this.#sums), counts: Object.fromEntries(this.#counts) };
  }

  /** Frees what was not read. */
  dispose(): void {
    for (const { losses } of this.#pending) for (const tensor of Object.values(losses)) tensor.dispose();
    this.#pending = [];
  }
}
