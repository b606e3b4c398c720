/** One image as channels of rows: the layers below are loops over its numbers, written to be compared with. */
export type Planes = number[][][];

/** Weights (outputs, inputs, rows, columns), row-major, with zeros around the image. */
export function convolved(
  x: Planes,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
): Planes {
  const [inputs, height, width] = [x.length, x[0]!.length, x[0]![0]!.length];
  const size = (side: number): number => Math.floor((side + 2 * padding - kernel) / stride) + 1;
  return Array.from({ length: bias.length }, (_, output) =>
    Array.from({ length: size(height) }, (_, row) =>
      Array.from({ length: size(width) }, (_, column) => {
        let sum = bias[output]!;
        for (let input = 0; input < inputs; input++) {
          for (let i = 0; i < kernel; i++) {
            for (let j = 0; j < kernel; j++) {
              const pixel = x[input]![row * stride + i - padding]?.[column * stride + j - padding] ?? 0;
              sum += pixel * weight[((output * inputs + input) * kernel + i) * kernel + j]!;
            }
          }
        }
        return sum;
      }),
    ),
  );
}

export function each(x: Planes, change: (value: number, channel: number) => number): Planes {
  return x.map((plane, channel) => plane.map((row) => row.map((value) => change(value, channel))));
}

export function leaky(value: number): number {
  return value > 0 ? value : 0.2 * value;
}

/** Group norm without weights and bias. */
export function groupNormalized(x: Planes, groups: number, epsilon: number): Planes {
  const size = x.length / groups;
  const statistics = Array.from({ length: groups }, (_, group) => {
    const values = x.slice(group * size, (group + 1) * size).flat(2);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return { mean, variance };
  });
  return each(x, (value, channel) => {
    const { mean, variance } = statistics[Math.floor(channel / size)]!;
    return (value - mean) / Math.sqrt(variance + epsilon);
  });
}

/** The largest of each two by two pixels. */
export function pooled(x: Planes): Planes {
  return x.map((plane) =>
    Array.from({ length: Math.floor(plane.length / 2) }, (_, i) =>
      Array.from({ length: Math.floor(plane[0]!.length / 2) }, (_, j) =>
        Math.max(
          plane[2 * i]![2 * j]!,
          plane[2 * i + 1]![2 * j]!,
          plane[2 * i]![2 * j + 1]!,
          plane[2 * i + 1]![2 * j + 1]!,
        ),
      ),
    ),
  );
}

/** Filtered with [1 2 1] ⊗ [1 2 1] / 16, mirrored at the borders. */
export function blurred(x: Planes): Planes {
  const mirror = (index: number, size: number): number =>
    index < 0 ? -index : index >= size ? 2 * size - 2 - index : index;
  return x.map((plane) =>
    plane.map((row, i) =>
      row.map((_, j) => {
        let sum = 0;
        for (const di of [-1, 0, 1]) {
          for (const dj of [-1, 0, 1]) {
            const weight = ((2 - Math.abs(di)) * (2 - Math.abs(dj))) / 16;
            sum += weight * plane[mirror(i + di, plane.length)]![mirror(j + dj, row.length)]!;
          }
        }
        return sum;
      }),
    ),
  );
}
