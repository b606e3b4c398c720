/** Numbers in an array, `step` apart. */
export interface Factors {
  readonly data: Float64Array;
  readonly from: number;
  readonly step: number;
}

/** Rows of `width` elements, one after the other. */
export interface Rows {
  readonly data: Float64Array;
  readonly from: number;
  readonly count: number;
  readonly width: number;
}

/** Adds the sum of rows, each times its factor, to a row of the result: four at a time, to touch that less often. */
export function addWeightedRows(
  result: Float64Array,
  to: number,
  { data: factors, from: factor, step }: Factors,
  { data, from, count, width }: Rows,
): void {
  let row = 0;
  for (; row + 4 <= count; row += 4) {
    const at = factor + row * step;
    const [f0, f1, f2, f3] = [
      factors[at]!,
      factors[at + step]!,
      factors[at + 2 * step]!,
      factors[at + 3 * step]!,
    ];
    const r0 = from + row * width;
    const [r1, r2, r3] = [r0 + width, r0 + 2 * width, r0 + 3 * width];
    for (let i = 0; i < width; i++) {
      result[to + i]! += f0 * data[r0 + i]! + f1 * data[r1 + i]! + f2 * data[r2 + i]! + f3 * data[r3 + i]!;
    }
  }
  for (; row < count; row++) {
    const f = factors[factor + row * step]!;
    for (let i = 0; i < width; i++) result[to + i]! += f * data[from + row * width + i]!;
  }
}
