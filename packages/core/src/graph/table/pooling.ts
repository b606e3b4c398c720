import { ArgumentError, ShapeError } from '../../errors.js';
import { formatShape, multiplyDimensions, sizeOf, staticShape } from '../../tensor/dimension.js';
import { floating, operation, positiveIntegers, type TensorSpec } from './operation.js';

export interface PoolAttributes {
  /** Window height and width. */
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  /** Rows and columns before and after; less than the window. */
  readonly padding: readonly (readonly [number, number])[];
}

function inferPool([input]: readonly TensorSpec[], attributes: PoolAttributes, name: string): TensorSpec {
  const { kernel, strides, padding } = attributes;
  if (input!.shape.length !== 4) {
    throw new ShapeError(`${name} takes (batch, channels, height, width), not ${formatShape(input!.shape)}`);
  }
  positiveIntegers(name, 'the window', kernel);
  positiveIntegers(name, 'strides', strides);
  const space = staticShape(input!.shape.slice(2), `${name}: height and width`).map((size, i) => {
    const [before, after] = padding[i]!;
    if (before < 0 || after < 0 || before >= kernel[i]! || after >= kernel[i]!) {
      throw new ArgumentError(
        `${name}: padding ${before}, ${after} must be from 0 to less than the window ${kernel[i]}`,
      );
    }
    return Math.floor((size + before + after - kernel[i]!) / strides[i]!) + 1;
  });
  if (space.some((size) => size < 1)) {
    throw new ShapeError(
      `${name}: a ${kernel.join('×')} window does not fit into ${formatShape(input!.shape)}`,
    );
  }
  return { shape: [...input!.shape.slice(0, 2), ...space], dtype: floating(name, input!) };
}

const windowFlops = (_: unknown, { kernel }: PoolAttributes, output: TensorSpec) =>
  multiplyDimensions(sizeOf(output.shape), kernel[0], kernel[1]);

/** Windows over height and width. */
export const pooling = {
  /** The largest of each window; padding never wins. */
  maxPool2d: operation<PoolAttributes>({
    kind: 'primitive',
    inputs: 1,
    infer: inferPool,
    flops: windowFlops,
  }),

  /** The mean of each window; `countPadding` says whether padding counts as zeros or not at all. */
  avgPool2d: operation<PoolAttributes & { readonly countPadding: boolean }>({
    kind: 'primitive',
    inputs: 1,
    infer: inferPool,
    flops: windowFlops,
  }),
};
