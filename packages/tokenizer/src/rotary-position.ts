import {
  ArgumentError,
  cast,
  cos,
  deferred,
  narrow,
  pad,
  sin,
  stack,
  type Tensor,
  tensor,
} from '@softvq/core';
import type { RandomStream } from '@softvq/core/random';

export interface RotaryOptions {
  /**
   * `mixed`: every head learns in which directions of the image it turns (Heo et al., "Rotary Position Embedding for
   * Vision Transformer", ECCV 2024). `axial`: half of each head turns with the column and half with the row, fixed.
   */
  readonly kind: 'mixed' | 'axial';
  /** Ratio between the fastest and the slowest turning, nearly. Default 10 for `mixed`, 100 for `axial`. */
  readonly base?: number;
}

/** Where patches lie in the sequence of a trunk. Only they are turned. */
export interface PatchGrid {
  readonly heads: number;
  /** Patches along the height and along the width. */
  readonly side: number;
  /** Tokens before the patches. */
  readonly before: number;
  /** Tokens after the patches. */
  readonly after: number;
}

/** Turns queries or keys (batch, heads, tokens, width of a head). */
export type Rotation = (heads: Tensor) => Tensor;

/** The base with its default. */
export function rotaryBase({ kind, base }: RotaryOptions): number {
  return base ?? (kind === 'mixed' ? 10 : 100);
}

/**
 * Radians by column and by row that each pair of numbers turns: (2, depth, heads · width of a head / 2). For `axial`
 * all layers and heads are alike.
 *
 * @throws ArgumentError unless the width of a head is a multiple of 4.
 */
export function rotaryFrequencies(
  rotary: RotaryOptions,
  trunk: { readonly width: number; readonly depth: number; readonly heads: number },
  random: RandomStream,
): Tensor {
  const { kind } = rotary;
  const base = rotaryBase(rotary);
  const { width, depth, heads } = trunk;
  const headWidth = width / heads;
  if (headWidth % 4 !== 0) {
    throw new ArgumentError(
      `rotary positions need heads whose width is a multiple of 4; ${width} / ${heads} is ${headWidth}`,
    );
  }
  const half = headWidth / 2;
  return deferred('float32', [2, depth, heads * half], () => {
    const count = depth * heads;
    const directions = kind === 'mixed' ? random.child('freqs').uniform(count, { high: 2 * Math.PI }) : [];
    const values = new Float32Array(2 * count * half);
    for (let head = 0; head < count; head++) {
      const direction = directions[head] ?? 0;
      for (let i = 0; i < half; i++) {
        const magnitude = base ** ((-4 * (i % (half / 2))) / headWidth);
        // The second half of the pairs turns along the perpendicular.
        const angle = direction + (i < half / 2 ? 0 : Math.PI / 2);
        const position = head * half + i;
        values[position] = magnitude * Math.cos(angle);
        values[count * half + position] = magnitude * Math.sin(angle);
      }
    }
    return values;
  });
}

/**
 * The rotation of each layer: pairs (2i, 2i + 1) of a patch's query or key, as complex numbers, are multiplied by
 * e^{i(column · f₀ + row · f₁)}.
 *
 * @param frequencies of `rotaryFrequencies`; without them nothing is turned.
 */
export function rotations(
  frequencies: Tensor | undefined,
  { heads, side, before, after }: PatchGrid,
): ((layer: number) => Rotation) | undefined {
  if (frequencies === undefined) return undefined;
  const half = (frequencies.shape[2] as number) / heads;
  const columns = Float32Array.from({ length: side ** 2 }, (_, patch) => patch % side);
  const rows = Float32Array.from({ length: side ** 2 }, (_, patch) => Math.floor(patch / side));
  const positions = tensor(new Float32Array([...columns, ...rows]), { shape: [2, 1, side ** 2, 1] });
  return (layer) => {
    const ofLayer = cast(narrow(frequencies, 1, layer, 1), 'float32').reshape([2, heads, 1, half]);
    const angles = positions.mul(ofLayer).sum(0);
    // An angle of 0 leaves the tokens around the patches as they are.
    const all = pad(angles, [
      [0, 0],
      [before, after],
      [0, 0],
    ]);
    const [cosine, sine] = [cos(all), sin(all)];
    return (x) => {
      const pairs = x.reshape([...x.shape.slice(0, -1), half, 2]);
      const [real, imaginary] = [0, 1].map((part) =>
        narrow(pairs, -1, part, 1).reshape([...x.shape.slice(0, -1), half]),
      ) as [Tensor, Tensor];
      const [c, s] = [cast(cosine, x.dtype), cast(sine, x.dtype)];
      const turned = [real.mul(c).sub(imaginary.mul(s)), real.mul(s).add(imaginary.mul(c))];
      return stack(turned, -1).reshape(x.shape);
    };
  };
}
