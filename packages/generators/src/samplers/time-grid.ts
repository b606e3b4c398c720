/** `count` numbers from `first` to `last`, evenly spaced; of one, the first. */
export function linspace(first: number, last: number, count: number): number[] {
  if (count === 1) return [first];
  return Array.from({ length: count }, (_, i) =>
    i === count - 1 ? last : first + (i * (last - first)) / (count - 1),
  );
}
