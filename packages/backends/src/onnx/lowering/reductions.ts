import { type DType, isFloating } from '@softvq/core';
import type { AxisAttributes, Node, NodeOf, ReduceAttributes } from '@softvq/core/graph';
import { inType, type Lowering, widenBytes } from './context.js';

type Reduction = Pick<Node, 'shape' | 'dtype' | 'inputs'> & { readonly attributes: ReduceAttributes };
type Extreme = Pick<Node, 'shape' | 'dtype' | 'inputs'> & { readonly attributes: AxisAttributes };

const reduce = (operator: string) =>
  inType<Reduction>(widenBytes, (builder, { attributes: { axes, keepDims } }, [x]) =>
    builder.add(operator, [x!, builder.int64(axes)], {
      keepdims: keepDims ? 1 : 0,
      noop_with_empty_axes: 1,
    }),
  );

/** ONNX Runtime has no int64 kernels for positions of extremes; doubles hold every whole number up to 2⁵³. */
const comparable = (dtype: DType): DType =>
  dtype === 'int64' ? 'float64' : dtype === 'uint8' ? 'int32' : dtype;

const extreme = (operator: string) =>
  inType<Extreme>(
    comparable,
    (builder, { attributes: { axis } }, inputs) => builder.add(operator, inputs, { axis, keepdims: 0 }),
    () => 'int64',
  );

const cumsum: Lowering<'cumsum'> = (builder, { attributes: { axis, exclusive, reverse } }, [x]) =>
  builder.add('CumSum', [x!, builder.scalar(axis, 'int64')], {
    exclusive: exclusive ? 1 : 0,
    reverse: reverse ? 1 : 0,
  });

const topKIndices = inType<NodeOf<'topKIndices'>>(
  widenBytes,
  (builder, { attributes: { axis, k, largest } }, [x]) => {
    const attributes = { axis, largest: largest ? 1 : 0, sorted: 1 };
    const [, positions] = builder.addSeveral(2, 'TopK', [x!, builder.int64([k])], attributes);
    return positions!;
  },
  () => 'int64',
);

/** Sums of squares, as norms of gradients need them, without the squares ever being written to memory. */
const sum: Lowering<'sum'> = (builder, node, inputs) => {
  const [squares] = node.inputs;
  const isSquare = squares!.operation === 'mul' && squares!.inputs[0] === squares!.inputs[1];
  if (!isSquare || !isFloating(node.dtype)) return reduce('ReduceSum')(builder, node, inputs);
  return reduce('ReduceSumSquare')(builder, node, [builder.valueOf(squares!.inputs[0]!)]);
};

export const reductions = {
  sum,
  mean: reduce('ReduceMean'),
  prod: reduce('ReduceProd'),
  max: reduce('ReduceMax'),
  min: reduce('ReduceMin'),
  argmax: extreme('ArgMax'),
  argmin: extreme('ArgMin'),
  cumsum,
  topKIndices,
};
