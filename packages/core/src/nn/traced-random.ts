import { ArgumentError } from '../errors.js';
import { cast, floor } from '../operations/elementwise.js';
import { narrow } from '../operations/movement.js';
import type { Words2 } from '../random/philox.js';
import { hashName } from '../random/stream-key.js';
import { arange, scalar } from '../tensor/creation.js';
import { addDimensions, type Dimension, formatShape, type Shape, sizeOf } from '../tensor/dimension.js';
import { Tensor, type TensorLike } from '../tensor/tensor.js';
import { base, fraction, type Halves, halvesOf, modulo, permute } from './feistel.js';

export interface TracedRandomOptions {
  /** A whole number from 0 to below 2²⁴, or a scalar tensor of one. */
  readonly seed: TensorLike;
  /** Tells the calls of a compiled function apart: a whole number from 0 to below 2²⁴, or a scalar tensor of one. */
  readonly step: TensorLike;
}

const numberLimit = 2 ** 24;
const indexLimit = base * base;

/** Keys of the rounds that hash seed and step. */
const scheduleKeys = [1627, 311, 929, 1283] as const;

/** The first rounds have keys that depend on seed and step alone, so that the layers of a graph share them. */
const sharedRounds = 3;
/** Keys of these depend on the name, too. */
const ownRounds = 4;

/**
 * Random numbers inside a compiled function, for dropout: a hash of (seed, step, name, position in the tensor), so
 * that a step can be repeated exactly and nothing is uploaded but two numbers. Every backend makes the same
 * numbers, because all arithmetic is exact in float32.
 *
 * Fit for masks; data, initial values and the noise of samplers come from `RandomStream`.
 */
export class TracedRandom {
  readonly #keys: readonly Tensor[];
  readonly #name: Words2;

  /** @internal Use `tracedRandom()`. */
  constructor(keys: readonly Tensor[], name: Words2) {
    this.#keys = keys;
    this.#name = name;
  }

  /** Numbers of their own for a part of the function: a block, a layer. */
  child(name: string | number): TracedRandom {
    return new TracedRandom(this.#keys, hashName(this.#name, String(name)));
  }

  /**
   * Uniform float32 numbers in [0, 1), multiples of 2⁻²². Two calls with one shape give the same numbers; calls that
   * shall differ are made on different children.
   *
   * @throws ArgumentError when an axis, or half of the axes together, has more than some four million elements.
   */
  uniform(shape: Shape): Tensor {
    const rank = shape.findLastIndex((size) => size !== 1) + 1;
    const split = Math.ceil(rank / 2);
    const outer = shape.slice(0, split);
    const inner = shape.slice(split);
    return sizeOf(outer) === 1 || sizeOf(inner) === 1
      ? this.vector(sizeOf(shape)).reshape(shape)
      : this.grid(outer, inner);
  }

  /** One number an index: all rounds of the hash for each. */
  private vector(count: Dimension): Tensor {
    return fraction(this.hash(count));
  }

  /**
   * The rounds would be some sixty passes over a large tensor. So they hash its rows and its columns only, to three
   * numbers each, which a quadratic form joins in nine passes: (p + s) · (q + t) + a + b modulo 1, with p, q, a of the
   * row and s, t, b of the column. a and b make each row and each column uniform, and the product, of which the
   * lower half counts, tells rows and columns apart.
   */
  private grid(outer: Shape, inner: Shape): Tensor {
    const rows = sizeOf(outer);
    const columns = sizeOf(inner);
    const halves = this.hash(addDimensions(rows, columns));
    const ofRow = (numbers: Tensor): Tensor =>
      narrow(numbers, 0, 0, rows).reshape([...outer, ...inner.map(() => 1)]);
    const ofColumn = (numbers: Tensor): Tensor => narrow(numbers, 0, rows, columns).reshape(inner);
    const sum = (numbers: Tensor): Tensor => {
      const small = numbers.mul(2 ** -6);
      return ofRow(small).add(ofColumn(small));
    };
    const { left, right } = permute(halves, [this.key(sharedRounds + ownRounds - 1)]);
    // The half that this round made counts most; the other one is in the product already.
    const offset = fraction({ left: right, right: left });
    const product = modulo1(sum(halves.left).mul(sum(halves.right)));
    return modulo1(product.add(ofRow(offset)).add(ofColumn(offset)));
  }

  private hash(count: Dimension): Halves {
    if (typeof count === 'number' && count > indexLimit) {
      throw new ArgumentError(
        `TracedRandom: ${count} elements at once; at most ${indexLimit}: add axes by reshape()`,
      );
    }
    const indices = halvesOf(arange(count, { dtype: 'float32' }));
    const keys = this.#keys.slice(0, sharedRounds);
    for (let round = sharedRounds; round < sharedRounds + ownRounds - 1; round++) keys.push(this.key(round));
    return permute(indices, keys);
  }

  /** The key of a round after the shared ones: ten bits of seed and step plus ten bits of the name. */
  private key(round: number): Tensor {
    const own = round - sharedRounds;
    const word = this.#name[own >> 1]!;
    return floor(this.#keys[round]!.mul(0.5)).add((word >>> (own % 2 === 0 ? 0 : 16)) & 0x3ff);
  }
}

/**
 * The random numbers of one call of a compiled function.
 *
 *     const random = tracedRandom({ seed: 7, step });
 *     blocks.reduce((x, block, i) => block.forward(x, { random: random.child(i) }), tokens);
 *
 * @throws ArgumentError for a number out of range or a tensor that is no scalar.
 */
export function tracedRandom({ seed, step }: TracedRandomOptions): TracedRandom {
  const start = { left: scalar(1031), right: scalar(397) };
  let state = absorb(absorb(start, asScalar('seed', seed)), asScalar('step', step));
  const keys: Tensor[] = [];
  while (keys.length < sharedRounds + ownRounds) {
    state = permute(state, scheduleKeys.slice(0, 2));
    keys.push(state.left, state.right);
  }
  return new TracedRandom(keys, [0, 0]);
}

/** Hashes a whole number below 2²⁴ into the state. Its two highest bits go into the first key. */
function absorb({ left, right }: Halves, number: Tensor): Halves {
  const lower = halvesOf(number);
  const top = floor(number.mul(2 ** -22));
  const mixed = { left: modulo(left.add(lower.left)), right: modulo(right.add(lower.right)) };
  const [first, ...rest] = scheduleKeys;
  return permute(mixed, [top.mul(128).add(first), ...rest]);
}

function asScalar(what: string, value: TensorLike): Tensor {
  if (value instanceof Tensor) {
    if (value.rank === 0) return cast(value, 'float32');
    throw new ArgumentError(
      `tracedRandom: ${what} is a scalar tensor or a number, not ${formatShape(value.shape)}`,
    );
  }
  if (Number.isInteger(value) && value >= 0 && value < numberLimit) return scalar(value);
  throw new ArgumentError(
    `tracedRandom: ${what} must be a whole number from 0 to ${numberLimit - 1}, not ${value}`,
  );
}

function modulo1(numbers: Tensor): Tensor {
  return numbers.sub(floor(numbers));
}
