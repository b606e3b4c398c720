import { ShapeError } from '../errors.js';
import { applyOperation } from '../tensor/apply.js';
import { formatShape } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';

export interface MatmulOptions {
  /** Exchange the last two axes of the first, of the second operand. Costs nothing. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Matrix products over the last two axes; the axes before broadcast. */
export function matmul(
  a: Tensor,
  b: Tensor,
  { transposeA = false, transposeB = false }: MatmulOptions = {},
): Tensor {
  return applyOperation('matmul', [a, b], { transposeA, transposeB });
}

/** x (…, in) · weightᵀ + bias, with weight (out, in) and bias (out), as PyTorch keeps them. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return applyOperation('linear', bias === undefined ? [x, weight] : [x, weight, bias], {});
}

/** One number for all axes of space, or one for each. */
export type PerAxis = number | readonly number[];

export interface ConvOptions {
  readonly stride?: PerAxis;
  /** Zeros around the input: the same before and after, or a pair for each axis. */
  readonly padding?: PerAxis | readonly (readonly [number, number])[];
  readonly dilation?: PerAxis;
  readonly groups?: number;
  readonly bias?: Tensor | undefined;
}

export interface ConvTransposeOptions extends ConvOptions {
  readonly outputPadding?: PerAxis;
}

/** x (batch, channels, length) with kernel (out, channels / groups, length). */
export function conv1d(x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  return conv(1, x, kernel, options);
}

/** x (batch, channels, height, width) with kernel (out, channels / groups, height, width). */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  return conv(2, x, kernel, options);
}

/** The transpose of `conv2d`, with kernel (channels, out / groups, height, width). */
export function convTranspose2d(x: Tensor, kernel: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const outputPadding = perAxis('convTranspose2d: outputPadding', options.outputPadding ?? 0, 2);
  const result = applyOperation('convTranspose', [x, kernel], {
    ...convAttributes(2, options),
    outputPadding,
  });
  return addBias(result, options.bias);
}

function conv(rank: number, x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  return addBias(applyOperation('conv', [x, kernel], convAttributes(rank, options)), options.bias);
}

function convAttributes(rank: number, { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions) {
  const pairs = Array.isArray(padding) && Array.isArray(padding[0]);
  return {
    strides: perAxis('stride', stride, rank),
    padding: pairs
      ? (padding as readonly (readonly [number, number])[])
      : perAxis('padding', padding as PerAxis, rank).map((each) => [each, each] as const),
    dilation: perAxis('dilation', dilation, rank),
    groups,
  };
}

function perAxis(what: string, value: PerAxis, rank: number): readonly number[] {
  if (typeof value === 'number') return Array.from({ length: rank }, () => value);
  if (value.length !== rank) throw new ShapeError(`${what} ${formatShape(value)} must have ${rank} numbers`);
  return value;
}

function addBias(x: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return x;
  if (bias.rank !== 1 || bias.shape[0] !== x.shape[1]) {
    throw new ShapeError(
      `bias ${formatShape(bias.shape)} must be [${x.shape[1]}], one for each output channel`,
    );
  }
  return x.add(bias.reshape([bias.shape[0]!, ...x.shape.slice(2).map(() => 1)]));
}
