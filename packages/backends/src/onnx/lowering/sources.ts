import { allocate } from '@softvq/core';
import { numbersAs } from '../builder.js';
import { convert, type Lowering } from './context.js';

/** Ranges up to this length are written into the model. */
const longestStoredRange = 65_536;

const fill: Lowering<'fill'> = (builder, { attributes: { value, shape, dtype } }) => {
  const number = builder.scalar(value, dtype);
  return shape.length === 0 ? number : builder.add('Expand', [number, builder.sizes(shape)]);
};

const arange: Lowering<'arange'> = (builder, { attributes: { start, step, count, dtype } }) => {
  if (typeof count === 'number' && count <= longestStoredRange) {
    const values = Array.from({ length: count }, (_, i) => start + i * step);
    const data = count === 0 ? allocate(dtype, 0) : numbersAs(dtype, values);
    return builder.once(`arange ${dtype} ${start} ${step} ${count}`, () =>
      builder.initializer(dtype, [count], data),
    );
  }
  const limit = builder.add('Squeeze', [builder.size(count), builder.int64([0])]);
  const positions = builder.add('Range', [builder.scalar(0, 'int64'), limit, builder.scalar(1, 'int64')]);
  const converted = convert(builder, positions, 'int64', dtype);
  const scaled = step === 1 ? converted : builder.add('Mul', [converted, builder.scalar(step, dtype)]);
  return start === 0 ? scaled : builder.add('Add', [scaled, builder.scalar(start, dtype)]);
};

const dimension: Lowering<'dimension'> = (builder, { attributes }) => {
  const size = builder.add('Squeeze', [builder.size(attributes.dimension), builder.int64([0])]);
  return convert(builder, size, 'int64', attributes.dtype);
};

export const sources = { fill, arange, dimension };
