import { ArgumentError, ShapeError } from '../errors.js';
import type { RandomStream } from '../random/random-stream.js';
import { formatShape, sizeOf } from '../tensor/dimension.js';

/** Makes the first elements of a parameter of the given shape, float32 and row-major. */
export type Initializer = (shape: readonly number[], random: RandomStream) => Float32Array;

/** What the layers before and after make of the variance: the gains of `torch.nn.init.calculate_gain`. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu';

export interface KaimingOptions {
  /** Negative slope of the leaky ReLU that follows. Default 0. */
  readonly a?: number;
  /** Which variance is kept: of the forward (`fanIn`, default) or the backward pass. */
  readonly mode?: 'fanIn' | 'fanOut';
  /** Default `leakyRelu`. */
  readonly nonlinearity?: Nonlinearity;
}

export function constant(value: number): Initializer {
  return (shape) => new Float32Array(sizeOf(shape)).fill(value);
}

/** Uniform in [low, high). */
export function uniform({ low = 0, high = 1 }: { low?: number; high?: number } = {}): Initializer {
  return (shape, random) => random.uniform(sizeOf(shape), { low, high });
}

export function normal({ mean = 0, standardDeviation = 1 } = {}): Initializer {
  return (shape, random) => random.normal(sizeOf(shape), { mean, standardDeviation });
}

/**
 * Normal numbers conditioned on lying in [low, high], which are absolute bounds as in
 * `torch.nn.init.trunc_normal_`: with the usual deviation of 0.02 the default bounds of ±2 cut nothing off.
 */
export function truncatedNormal({ mean = 0, standardDeviation = 1, low = -2, high = 2 } = {}): Initializer {
  return (shape, random) => random.truncatedNormal(sizeOf(shape), { mean, standardDeviation, low, high });
}

/** Uniform with variance gain² · 2 / (fanIn + fanOut) (Glorot & Bengio, 2010). */
export function xavierUniform({ gain = 1 } = {}): Initializer {
  return (shape, random) => symmetric(shape, random, Math.sqrt(3) * xavierDeviation(shape, gain));
}

/** Normal with variance gain² · 2 / (fanIn + fanOut) (Glorot & Bengio, 2010). */
export function xavierNormal({ gain = 1 } = {}): Initializer {
  return (shape, random) => normal({ standardDeviation: xavierDeviation(shape, gain) })(shape, random);
}

/** Uniform with variance gain² / fan (He et al., 2015). */
export function kaimingUniform(options: KaimingOptions = {}): Initializer {
  return (shape, random) => symmetric(shape, random, Math.sqrt(3) * kaimingDeviation(shape, options));
}

/** Normal with variance gain² / fan (He et al., 2015). */
export function kaimingNormal(options: KaimingOptions = {}): Initializer {
  return (shape, random) => normal({ standardDeviation: kaimingDeviation(shape, options) })(shape, random);
}

/** The weights of PyTorch's linear and convolution layers: Kaiming uniform with a = √5, that is ±1 / √fanIn. */
export function torchWeight(): Initializer {
  return kaimingUniform({ a: Math.sqrt(5) });
}

/** The biases of PyTorch's linear and convolution layers: uniform in ±1 / √fanIn, the fan of the weights. */
export function torchBias(fanIn: number): Initializer {
  return (shape, random) => symmetric(shape, random, 1 / Math.sqrt(fanIn));
}

/** How many inputs an output of a weight (out, in, …window) has, and how many outputs an input has. */
export function fans(shape: readonly number[]): { readonly fanIn: number; readonly fanOut: number } {
  const [outputs, inputs, ...window] = shape;
  if (outputs === undefined || inputs === undefined) {
    throw new ShapeError(
      `an initializer by fans needs a weight of two axes or more, not ${formatShape(shape)}`,
    );
  }
  const area = sizeOf(window);
  return { fanIn: inputs * area, fanOut: outputs * area };
}

function xavierDeviation(shape: readonly number[], gain: number): number {
  const { fanIn, fanOut } = fans(shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingDeviation(
  shape: readonly number[],
  { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' }: KaimingOptions,
): number {
  return gainOf(nonlinearity, a) / Math.sqrt(fans(shape)[mode]);
}

function gainOf(nonlinearity: Nonlinearity, slope: number): number {
  switch (nonlinearity) {
    case 'linear':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + slope * slope));
    default:
      throw new ArgumentError(`there is no gain for the nonlinearity "${String(nonlinearity)}"`);
  }
}

/** Uniform in ±bound; a layer without inputs has a bound that is no number, and no elements. */
function symmetric(shape: readonly number[], random: RandomStream, bound: number): Float32Array {
  const count = sizeOf(shape);
  return count === 0 ? new Float32Array(0) : random.uniform(count, { low: -bound, high: bound });
}
