import { convert, inType, type Lowering, widenHalf } from './context.js';

const take: Lowering<'take'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('Gather', inputs, { axis });

/** Rows are added as whole slices; along other axes each index is repeated for every element of its slice. */
const takeAdd: Lowering<'takeAdd'> = (builder, node, [x, indices, updates]) => {
  const { axis } = node.attributes;
  const [input, index] = node.inputs;
  if (axis === 0) {
    // Shaped before they are widened: GPUs have kernels to reshape int32 and none for int64.
    const rows = builder.add('Unsqueeze', [indices!, builder.int64([index!.shape.length])]);
    const positions = convert(builder, rows, index!.dtype, 'int64');
    return builder.add('ScatterND', [x!, positions, updates!], { reduction: 'add' });
  }
  const positions = convert(builder, indices!, index!.dtype, 'int64');
  const flat = builder.add('Reshape', [
    positions,
    builder.int64(input!.shape.map((_, i) => (i === axis ? -1 : 1))),
  ]);
  const count = builder.add('Shape', [builder.add('Reshape', [positions, builder.int64([-1])])]);
  const flatShape = input!.shape.map((size, i) => (i === axis ? count : builder.size(size)));
  const target = builder.add('Concat', flatShape, { axis: 0 });
  return builder.add(
    'ScatterElements',
    [x!, builder.add('Expand', [flat, target]), builder.add('Reshape', [updates!, target], { allowzero: 1 })],
    { axis, reduction: 'add' },
  );
};

const gather: Lowering<'gather'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('GatherElements', inputs, { axis });

const scatterAdd: Lowering<'scatterAdd'> = (builder, { attributes: { axis } }, inputs) =>
  builder.add('ScatterElements', inputs, { axis, reduction: 'add' });

/** ONNX Runtime adds no float16 at indices. */
export const indexing = {
  take,
  takeAdd: inType(widenHalf, takeAdd),
  gather,
  scatterAdd: inType(widenHalf, scatterAdd),
};
