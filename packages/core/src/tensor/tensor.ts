import type { Backend } from '../contracts/backend.js';
import { ArgumentError, BackendError } from '../errors.js';
import { collectInOrder } from '../graph/node.js';
import type { AttributesOf, OperationName, TensorSpec } from '../graph/table/index.js';
import { formatSpec } from '../graph/table/index.js';
import * as operations from '../operations/index.js';
import { type Dimension, formatShape, type Shape, sizeOf } from './dimension.js';
import type { DType, HostArray, HostTensor } from './dtype.js';
import { evaluate } from './evaluate.js';
import { float16ToFloat32 } from './half.js';
import { Storage } from './storage.js';

/** How a tensor that has no elements yet is computed. */
export interface ExpressionOf<Name extends OperationName> {
  readonly operation: Name;
  readonly inputs: readonly Tensor[];
  readonly attributes: AttributesOf<Name>;
}

export type Expression = { [Name in OperationName]: ExpressionOf<Name> }[OperationName];

/** A tensor where an operation takes one, or a number that takes the other operand's element type. */
export type TensorLike = Tensor | number;

/** Nested arrays of numbers or booleans, as deep as the tensor has axes. */
export type NestedArray = number | bigint | boolean | readonly NestedArray[];

const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose');

/**
 * An immutable array of numbers with a shape. Lazy: operations only note what is to be done, and the
 * work happens when a value is asked for (`await tensor.array()`, `await evaluate(a, b)`) or inside a
 * compiled function.
 */
export class Tensor implements TensorSpec {
  readonly dtype: DType;
  /** Sizes of the axes, outermost first. Symbolic only while `compile` traces a function. */
  readonly shape: Shape;
  #expression: Expression | undefined;
  #storage: Storage | undefined;

  /** @internal Use `tensor()` and the operations. */
  constructor(spec: TensorSpec, content: Expression | Storage) {
    this.dtype = spec.dtype;
    this.shape = spec.shape;
    if (content instanceof Storage) this.#storage = content;
    else this.#expression = content;
  }

  /** @internal Set once the elements exist. */
  get storage(): Storage | undefined {
    return this.#storage;
  }

  /** @internal How to compute it, until it has been computed. */
  get expression(): Expression | undefined {
    return this.#expression;
  }

  /** @internal Called by `evaluate`: from now on the elements count and not how they came to be. */
  materialize(storage: Storage): void {
    this.#storage = storage;
    this.#expression = undefined;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): Dimension {
    return sizeOf(this.shape);
  }

  toString(): string {
    return `Tensor ${formatSpec(this)}`;
  }

  /** The elements, row-major, in the host array of the element type. A copy. */
  async data(): Promise<HostArray> {
    return (await this.host()).data.slice();
  }

  /** The elements with shape and type; its data is shared and must not be written to. */
  async host(): Promise<HostTensor> {
    await evaluate(this);
    return this.#storage!.host();
  }

  /** The elements as nested JavaScript arrays; booleans for bool, numbers (or bigints for int64) otherwise. */
  async array(): Promise<NestedArray> {
    const { data, shape, dtype } = await this.host();
    const numbers = dtype === 'float16' ? float16ToFloat32(data as Uint16Array) : data;
    const nest = (axis: number, offset: number, span: number): NestedArray => {
      if (axis === shape.length) return dtype === 'bool' ? numbers[offset] !== 0 : numbers[offset]!;
      const step = span / shape[axis]!;
      return Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, offset + i * step, step));
    };
    return nest(0, 0, numbers.length);
  }

  /**
   * The only element, as a number.
   *
   * @throws ArgumentError when there is not exactly one.
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ArgumentError(`item() reads a tensor of one element; this one is ${formatShape(this.shape)}`);
    }
    const { data, dtype } = await this.host();
    return dtype === 'float16' ? float16ToFloat32(data as Uint16Array)[0]! : Number(data[0]);
  }

  /** The same elements on another backend. */
  async to(backend: Backend): Promise<Tensor> {
    const host = await this.host();
    const storage = new Storage(host.dtype, host.shape, { kind: 'host', data: host.data.slice() });
    await storage.on(backend);
    return new Tensor(this, storage);
  }

  /** Frees the memory. Using the tensor, or a lazy one that needs it, throws from now on. */
  dispose(): void {
    if (this.#expression?.operation === 'input') {
      throw new BackendError('dispose() inside a traced function: tensors have no memory there');
    }
    this.#storage?.dispose();
    this.#expression = undefined;
  }

  [disposeSymbol](): void {
    this.dispose();
  }

  // Operations as methods, so that formulas read from left to right. Each is the function of its name.

  add(other: TensorLike): Tensor {
    return operations.add(this, other);
  }
  sub(other: TensorLike): Tensor {
    return operations.sub(this, other);
  }
  mul(other: TensorLike): Tensor {
    return operations.mul(this, other);
  }
  div(other: TensorLike): Tensor {
    return operations.div(this, other);
  }
  pow(exponent: TensorLike): Tensor {
    return operations.pow(this, exponent);
  }
  neg(): Tensor {
    return operations.neg(this);
  }
  abs(): Tensor {
    return operations.abs(this);
  }
  exp(): Tensor {
    return operations.exp(this);
  }
  log(): Tensor {
    return operations.log(this);
  }
  sqrt(): Tensor {
    return operations.sqrt(this);
  }
  rsqrt(): Tensor {
    return operations.rsqrt(this);
  }
  square(): Tensor {
    return operations.mul(this, this);
  }
  equal(other: TensorLike): Tensor {
    return operations.equal(this, other);
  }
  less(other: TensorLike): Tensor {
    return operations.less(this, other);
  }
  greater(other: TensorLike): Tensor {
    return operations.greater(this, other);
  }
  cast(dtype: DType): Tensor {
    return operations.cast(this, dtype);
  }
  matmul(other: Tensor, options?: operations.MatmulOptions): Tensor {
    return operations.matmul(this, other, options);
  }
  sum(axes?: number | readonly number[], options?: operations.ReduceOptions): Tensor {
    return operations.sum(this, axes, options);
  }
  mean(axes?: number | readonly number[], options?: operations.ReduceOptions): Tensor {
    return operations.mean(this, axes, options);
  }
  max(axes?: number | readonly number[], options?: operations.ReduceOptions): Tensor {
    return operations.max(this, axes, options);
  }
  min(axes?: number | readonly number[], options?: operations.ReduceOptions): Tensor {
    return operations.min(this, axes, options);
  }
  reshape(shape: Shape): Tensor {
    return operations.reshape(this, shape);
  }
  transpose(permutation?: readonly number[]): Tensor {
    return operations.transpose(this, permutation);
  }
  broadcastTo(shape: Shape): Tensor {
    return operations.broadcastTo(this, shape);
  }
  slice(ranges: readonly operations.SliceRange[]): Tensor {
    return operations.slice(this, ranges);
  }
}

/** The storages that tensors have or need to be computed. */
export function storagesBehind(tensors: readonly Tensor[]): Set<Storage> {
  const order = collectInOrder(tensors, (tensor) => tensor.expression?.inputs ?? []);
  return new Set(order.flatMap((tensor) => tensor.storage ?? []));
}
