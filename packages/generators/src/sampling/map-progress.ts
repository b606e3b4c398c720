/**
 * Yields what `map` makes of each value of a generator, and returns what it returns. Whoever stops this one stops the
 * other.
 */
export async function* mapProgress<Value, Mapped, Result>(
  source: AsyncGenerator<Value, Result, void>,
  map: (value: Value) => Mapped | Promise<Mapped>,
): AsyncGenerator<Mapped, Result, void> {
  try {
    for (;;) {
      const next = await source.next();
      if (next.done) return next.value;
      yield await map(next.value);
    }
  } finally {
    // What a stopped generator returns is nobody's business.
    await source.return(undefined as Result);
  }
}
