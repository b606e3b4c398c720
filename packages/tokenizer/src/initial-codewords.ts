import type { Initializer } from '@softvq/core/nn';

/** Codewords (…, width) uniform in ±1 / codebookSize, then at unit length where similarities are cosines. */
export function initialCodewords({
  codebookSize,
  normalized,
}: {
  readonly codebookSize: number;
  readonly normalized: boolean;
}): Initializer {
  return (shape, random) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const width = shape.at(-1)!;
    const values = random.uniform(count, { low: -1 / codebookSize, high: 1 / codebookSize });
    if (!normalized) return values;
    for (let start = 0; start < values.length; start += width) {
      const row = values.subarray(start, start + width);
      const length = Math.max(Math.hypot(...row), 1e-12);
      for (let i = 0; i < width; i++) row[i] = row[i]! / length;
    }
    return values;
  };
}
