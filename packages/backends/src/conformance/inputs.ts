import { type DType, type Tensor, tensor } from '@softvq/core';
import { type RandomNumbers, randomNumbers } from './random-numbers.js';

/** What an input of a case is made of. */
export interface InputSpec {
  readonly shape: readonly number[];
  /** Without one, the input has the element type that the case runs in. */
  readonly dtype?: DType;
  readonly elements: (count: number, random: RandomNumbers, dtype: DType) => readonly number[];
}

/** Whole numbers for the integer types, not all of one sign where the type has one. */
function suited(value: number, dtype: DType): number {
  switch (dtype) {
    case 'int32':
    case 'int64':
      return Math.round(value * 4);
    case 'uint8':
      return Math.round(Math.abs(value) * 4);
    case 'bool':
      return value > 0 ? 1 : 0;
    default:
      return value;
  }
}

function independent(make: (random: RandomNumbers) => number, shape: readonly number[]): InputSpec {
  return {
    shape,
    elements: (count, random, dtype) => Array.from({ length: count }, () => suited(make(random), dtype)),
  };
}

/** From -2 to 2. */
export function numbers(...shape: number[]): InputSpec {
  return between(-2, 2, ...shape);
}

export function between(low: number, high: number, ...shape: number[]): InputSpec {
  return independent((random) => low + (high - low) * random(), shape);
}

/** From 0.5 to 2.5. */
export function positive(...shape: number[]): InputSpec {
  return between(0.5, 2.5, ...shape);
}

/** Both signs, at least 0.25 away from 0: for functions with a kink or a pole there. */
export function awayFromZero(...shape: number[]): InputSpec {
  return independent((random) => (random() < 0.5 ? -1 : 1) * (0.25 + 1.75 * random()), shape);
}

/** Between the whole numbers and between their halves, far from where rounding jumps. */
export function betweenJumps(...shape: number[]): InputSpec {
  return independent((random) => Math.floor(random() * 8) / 2 - 2 + 0.1 + 0.3 * random(), shape);
}

/** All 0.25 apart or more, in random order: what is largest does not depend on rounding. */
export function distinct(...shape: number[]): InputSpec {
  return {
    shape,
    elements: (count, random, dtype) => {
      const order = Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const other = Math.floor(random() * (i + 1));
        [order[i], order[other]] = [order[other]!, order[i]!];
      }
      return order.map((place) => suited((place - Math.floor(count / 2)) * 0.25, dtype));
    },
  };
}

/** -1, 0 and 1, so that many are equal. */
export function fewValues(...shape: number[]): InputSpec {
  return {
    shape,
    elements: (count, random, dtype) =>
      Array.from({ length: count }, () => {
        const value = Math.floor(random() * 3) - 1;
        return dtype === 'uint8' || dtype === 'bool' ? Math.abs(value) : value;
      }),
  };
}

export function booleans(...shape: number[]): InputSpec {
  return { ...numbers(...shape), dtype: 'bool' };
}

/** Whole numbers from 0 to below `limit`, many of them repeated. */
export function indices(limit: number, ...shape: number[]): InputSpec {
  return {
    shape,
    dtype: 'int32',
    elements: (count, random) => Array.from({ length: count }, () => Math.floor(random() * limit)),
  };
}

export function indices64(limit: number, ...shape: number[]): InputSpec {
  return { ...indices(limit, ...shape), dtype: 'int64' };
}

/** Given elements; one axis unless a shape is given. */
export function literal(
  elements: readonly number[],
  { shape = [elements.length], dtype }: { shape?: readonly number[]; dtype?: DType } = {},
): InputSpec {
  return { shape, elements: () => elements, ...(dtype !== undefined && { dtype }) };
}

/** The inputs of a case, the same at each call. `dtype` is for those without one of their own. */
export function makeInputs(seed: string, specs: readonly InputSpec[], dtype: DType): Tensor[] {
  const random = randomNumbers(seed);
  return specs.map((spec) => {
    const own = spec.dtype ?? dtype;
    const count = spec.shape.reduce((product, size) => product * size, 1);
    return tensor(spec.elements(count, random, own), { dtype: own, shape: spec.shape });
  });
}
