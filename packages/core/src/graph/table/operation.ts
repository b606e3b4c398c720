import { ArgumentError, DTypeError } from '../../errors.js';
import { type Dimension, formatShape, type Shape } from '../../tensor/dimension.js';
import { type DType, isFloating } from '../../tensor/dtype.js';

/** What is known of a value before it is computed. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Attributes of an operation that has none. */
export interface NoAttributes {
  readonly [name: string]: never;
}

/** One row of the operation table. */
export interface Operation<Attributes> {
  /** Every backend runs all primitives; composites have a definition in primitives (`operations/definitions.ts`). */
  readonly kind: 'primitive' | 'composite';
  /** How many inputs, or the least and the most. */
  readonly inputs: number | readonly [number, number];
  /** Shape and element type of the result; throws what does not fit, naming `name`. */
  readonly infer: (inputs: readonly TensorSpec[], attributes: Attributes, name: string) => TensorSpec;
  /** Floating-point operations (a multiply-add counts two) where it is not one per output element. */
  readonly flops?: (inputs: readonly TensorSpec[], attributes: Attributes, output: TensorSpec) => Dimension;
}

export function operation<Attributes = NoAttributes>(
  definition: Operation<Attributes>,
): Operation<Attributes> {
  return definition;
}

export function formatSpec({ dtype, shape }: TensorSpec): string {
  return `${dtype}${formatShape(shape)}`;
}

/** Throws unless every input has the element type of the first. */
export function sameDType(name: string, inputs: readonly TensorSpec[]): DType {
  const dtype = inputs[0]!.dtype;
  for (const input of inputs) {
    if (input.dtype !== dtype) {
      const types = inputs.map((each) => each.dtype).join(' and ');
      throw new DTypeError(`${name}: element types ${types} differ; convert one with cast()`);
    }
  }
  return dtype;
}

export function floating(name: string, input: TensorSpec): DType {
  if (!isFloating(input.dtype)) {
    throw new DTypeError(
      `${name} takes float32, float16 or float64, not ${formatSpec(input)}; convert it with cast()`,
    );
  }
  return input.dtype;
}

export function numeric(name: string, input: TensorSpec): DType {
  if (input.dtype === 'bool') {
    throw new DTypeError(`${name} takes numbers, not ${formatSpec(input)}; convert it with cast()`);
  }
  return input.dtype;
}

export function boolean(name: string, input: TensorSpec): DType {
  if (input.dtype !== 'bool') {
    throw new DTypeError(`${name} takes bool, not ${formatSpec(input)}; make one with a comparison`);
  }
  return input.dtype;
}

/** Throws unless the input holds indices. */
export function indices(name: string, input: TensorSpec): void {
  if (input.dtype !== 'int32' && input.dtype !== 'int64') {
    throw new DTypeError(
      `${name}: indices are int32 or int64, not ${formatSpec(input)}; convert them with cast()`,
    );
  }
}

export function positiveIntegers(name: string, what: string, values: readonly number[]): void {
  for (const value of values) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(`${name}: ${what} must be positive whole numbers, not ${values.join(', ')}`);
    }
  }
}
