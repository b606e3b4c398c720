import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import type { StoredTensor } from '../io/stored-tensor.js';
import { applyOperation } from './apply.js';
import { type Dimension, formatShape, type Shape, sizeOf } from './dimension.js';
import {
  allocate,
  assertHostArray,
  type DType,
  type HostArray,
  type HostArrays,
  type HostTensor,
} from './dtype.js';
import { float32ToFloat16 } from './half.js';
import { Storage } from './storage.js';
import { type NestedArray, Tensor } from './tensor.js';

/** Element type and shape of a new tensor, where they do not follow from its data. */
export interface TensorOptions {
  readonly dtype?: DType;
  /** Of typed arrays; the default is one axis. */
  readonly shape?: readonly number[];
}

const typedArrays = new Map<unknown, DType>([
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [BigInt64Array, 'int64'],
  [Uint8Array, 'uint8'],
]);

/**
 * A tensor of the given elements, which are copied. Numbers become float32 and booleans bool unless
 * `dtype` says otherwise.
 *
 * @throws ShapeError when nested arrays are ragged or `shape` does not fit the number of elements.
 */
export function tensor(elements: NestedArray | HostArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(elements)) {
    const dtype = options.dtype ?? typedArrays.get(elements.constructor);
    if (dtype === undefined) throw new DTypeError(`name the dtype of a ${elements.constructor.name}`);
    assertHostArray(dtype, elements);
    return fromHost({ dtype, shape: options.shape ?? [elements.length], data: elements.slice() });
  }
  const nestedShape = shapeOfNested(elements);
  const flat = flattenNested(elements);
  const dtype =
    options.dtype ??
    (typeof flat[0] === 'boolean' ? 'bool' : typeof flat[0] === 'bigint' ? 'int64' : 'float32');
  return fromHost({ dtype, shape: options.shape ?? nestedShape, data: hostArray(dtype, flat) });
}

/**
 * A tensor that takes the array as it is, without a copy. Nobody may write to the array afterwards.
 *
 * @throws ShapeError when the shape and the number of elements disagree.
 */
export function fromHost({ dtype, shape, data }: HostTensor): Tensor {
  assertHostArray(dtype, data);
  assertElements(shape, data.length);
  return new Tensor({ dtype, shape }, new Storage(dtype, shape, { kind: 'host', data }));
}

/** A tensor of a file, read or mapped by the engine when it is first needed. */
export function fromStored(stored: StoredTensor): Tensor {
  return new Tensor(stored, new Storage(stored.dtype, stored.shape, { kind: 'stored', stored }));
}

/** A tensor whose elements are made when they are first needed, and never if they are not. */
export function deferred<D extends DType>(
  dtype: D,
  shape: readonly number[],
  make: () => HostArrays[D],
): Tensor {
  const checked = (): HostArray => {
    const data = make();
    assertHostArray(dtype, data);
    assertElements(shape, data.length);
    return data;
  };
  return new Tensor({ dtype, shape }, new Storage(dtype, shape, { kind: 'deferred', make: checked }));
}

/** One number everywhere. */
export function full(shape: Shape, value: number | boolean, dtype: DType = 'float32'): Tensor {
  return applyOperation('fill', [], { value: assertFits(Number(value), dtype), shape, dtype });
}

export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return full(shape, 0, dtype);
}

export function ones(shape: Shape, dtype: DType = 'float32'): Tensor {
  return full(shape, 1, dtype);
}

/** A tensor without axes. */
export function scalar(
  value: number | boolean,
  dtype: DType = typeof value === 'boolean' ? 'bool' : 'float32',
): Tensor {
  return full([], value, dtype);
}

/** `count` numbers from `start` on, `step` apart. */
export function arange(
  count: Dimension,
  { start = 0, step = 1, dtype = 'int32' }: { start?: number; step?: number; dtype?: DType } = {},
): Tensor {
  if (typeof count === 'number' && (!Number.isInteger(count) || count < 0)) {
    throw new ArgumentError(`arange: the count must be a whole number from 0, not ${count}`);
  }
  return applyOperation('arange', [], { start, step, count, dtype });
}

/** The size of a dimension as a scalar, also where it is known only at run time. */
export function dimensionValue(dimension: Dimension, dtype: DType = 'float32'): Tensor {
  return typeof dimension === 'number'
    ? full([], dimension, dtype)
    : applyOperation('dimension', [], { dimension, dtype });
}

function assertElements(shape: readonly number[], count: number): void {
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw new ShapeError(`sizes must be whole numbers from 0, not ${formatShape(shape)}`);
  }
  if (sizeOf(shape) !== count) {
    throw new ShapeError(
      `shape ${formatShape(shape)} has ${sizeOf(shape)} elements and the data has ${count}`,
    );
  }
}

function assertFits(value: number, dtype: DType): number {
  const whole = dtype === 'int32' || dtype === 'int64' || dtype === 'uint8';
  if (whole && !Number.isInteger(value))
    throw new DTypeError(`${value} is not a whole number, as ${dtype} needs`);
  return value;
}

function shapeOfNested(elements: NestedArray): number[] {
  if (!Array.isArray(elements)) return [];
  const inner = elements.map(shapeOfNested);
  const first = inner[0] ?? [];
  if (inner.some((shape) => formatShape(shape) !== formatShape(first))) {
    throw new ShapeError(
      `nested arrays are ragged: ${inner.map(formatShape).slice(0, 4).join(', ')} side by side`,
    );
  }
  return [elements.length, ...first];
}

function flattenNested(elements: NestedArray): readonly (number | bigint | boolean)[] {
  return typeof elements === 'object' ? elements.flatMap(flattenNested) : [elements];
}

function hostArray(dtype: DType, elements: readonly (number | bigint | boolean)[]): HostArray {
  if (dtype === 'float16') return float32ToFloat16(Float32Array.from(elements, Number));
  const array = allocate(dtype, elements.length);
  for (const [i, element] of elements.entries()) {
    if (dtype === 'int64') (array as BigInt64Array)[i] = BigInt(element);
    else if (dtype === 'bool') (array as Uint8Array)[i] = Number(element) === 0 ? 0 : 1;
    else (array as Float32Array)[i] = assertFits(Number(element), dtype);
  }
  return array;
}
