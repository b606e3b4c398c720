/** What one side of a comparison took. */
export interface Timing {
  /** Median seconds of one call. */
  readonly seconds: number;
  /** Floating-point operations a second, in units of 10⁹. */
  readonly gigaflops: number;
}

interface Contestant {
  readonly run: () => Promise<unknown>;
  readonly flops: number;
}

export interface TimingOptions {
  /** Calls of each that count. Default 7. */
  readonly rounds?: number;
  /** Calls of each before that. Default 2. */
  readonly warmup?: number;
}

/**
 * Times several functions in turn, A B B A A B …, so that the machine's drift, and what one leaves behind for the next,
 * meet all of them alike. Ratios of the results mean something; single values depend on the machine's mood.
 */
export async function timeInTurn<Name extends string>(
  contestants: Record<Name, Contestant>,
  { rounds = 7, warmup = 2 }: TimingOptions = {},
): Promise<Record<Name, Timing>> {
  const names = Object.keys(contestants) as Name[];
  const seconds = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -warmup; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      await contestants[name].run();
      if (round >= 0) seconds.get(name)!.push((performance.now() - start) / 1000);
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const middle = median(seconds.get(name)!);
      return [name, { seconds: middle, gigaflops: contestants[name].flops / middle / 1e9 }];
    }),
  ) as Record<Name, Timing>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
