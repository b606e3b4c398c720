import { ArgumentError, ShapeError } from '../errors.js';
import { cast, cos, sin } from '../operations/elementwise.js';
import { concat, expandDims } from '../operations/movement.js';
import { deferred, tensor } from '../tensor/creation.js';
import { formatShape } from '../tensor/dimension.js';
import { isFloating } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

const longestPeriod = 10000;

/**
 * The table (1, length, width) of Vaswani et al., "Attention Is All You Need", 2017: sine and cosine alternate,
 * table[p, 2i] = sin(p · ω) and table[p, 2i + 1] = cos(p · ω) with ω = 10000^(-2i / width).
 *
 * @param width even.
 */
export function sineCosine1d(length: number, width: number): Tensor {
  assertDivides('sineCosine1d: the width', width, 2);
  return deferred('float32', [1, length, width], () =>
    Float32Array.from({ length: length * width }, (_, at) => {
      const column = at % width;
      const angle = Math.floor(at / width) * longestPeriod ** (-(column - (column % 2)) / width);
      return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }),
  );
}

/**
 * The table (1, rows · columns, width) of MAE and DiT for the tokens of an image, row by row. The first half of
 * the width tells the column and the second the row, each as sines and then cosines of position · ω with
 * ω = 10000^(-i / (width / 4)).
 *
 * @param width a multiple of 4.
 */
export function sineCosine2d(rows: number, columns: number, width: number): Tensor {
  assertDivides('sineCosine2d: the width', width, 4);
  const quarter = width / 4;
  return deferred('float32', [1, rows * columns, width], () =>
    Float32Array.from({ length: rows * columns * width }, (_, at) => {
      const channel = at % width;
      const token = Math.floor(at / width);
      const position = channel < width / 2 ? token % columns : Math.floor(token / columns);
      const angle = position * longestPeriod ** (-(channel % quarter) / quarter);
      return Math.floor(channel / quarter) % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    }),
  );
}

/**
 * Timesteps (batch), whole or not, to (batch, width): cosines, then sines, of t · ω with
 * ω = 10000^(-i / (width / 2)), as in DiT. float32 unless the timesteps are floating-point themselves.
 *
 * @param width even.
 */
export function timestepEmbedding(timesteps: Tensor, width = 256): Tensor {
  assertDivides('timestepEmbedding: the width', width, 2);
  if (timesteps.rank !== 1) {
    throw new ShapeError(`timestepEmbedding takes timesteps (batch), not ${formatShape(timesteps.shape)}`);
  }
  const dtype = isFloating(timesteps.dtype) ? timesteps.dtype : 'float32';
  const half = width / 2;
  const frequencies = tensor(
    Array.from({ length: half }, (_, i) => longestPeriod ** (-i / half)),
    { dtype },
  );
  const angles = expandDims(cast(timesteps, dtype), 1).mul(frequencies);
  return concat([cos(angles), sin(angles)], 1);
}

function assertDivides(what: string, value: number, divisor: number): void {
  if (!Number.isInteger(value) || value < divisor || value % divisor !== 0) {
    throw new ArgumentError(`${what} must be a multiple of ${divisor}, not ${value}`);
  }
}
