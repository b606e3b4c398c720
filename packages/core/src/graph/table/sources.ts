import type { Dimension, Shape } from '../../tensor/dimension.js';
import type { DType } from '../../tensor/dtype.js';
import { operation } from './operation.js';

/** Values that come from nowhere: inputs of the graph, and what needs no input. */
export const sources = {
  /** An argument of the graph, given anew at each run. */
  input: operation<{ readonly name: string; readonly shape: Shape; readonly dtype: DType }>({
    kind: 'primitive',
    inputs: 0,
    infer: (_, { shape, dtype }) => ({ shape, dtype }),
    flops: () => 0,
  }),

  /** A tensor fixed when the graph was made; `Graph.constants` says where its elements are. */
  constant: operation<{ readonly name: string; readonly shape: Shape; readonly dtype: DType }>({
    kind: 'primitive',
    inputs: 0,
    infer: (_, { shape, dtype }) => ({ shape, dtype }),
    flops: () => 0,
  }),

  /** One number everywhere. `value` is 0 or 1 for bool. */
  fill: operation<{ readonly value: number; readonly shape: Shape; readonly dtype: DType }>({
    kind: 'primitive',
    inputs: 0,
    infer: (_, { shape, dtype }) => ({ shape, dtype }),
    flops: () => 0,
  }),

  /** start, start + step, … `count` elements. */
  arange: operation<{
    readonly start: number;
    readonly step: number;
    readonly count: Dimension;
    readonly dtype: DType;
  }>({
    kind: 'primitive',
    inputs: 0,
    infer: (_, { count, dtype }) => ({ shape: [count], dtype }),
    flops: () => 0,
  }),

  /** The run-time value of a dimension, as a scalar. */
  dimension: operation<{ readonly dimension: Dimension; readonly dtype: DType }>({
    kind: 'primitive',
    inputs: 0,
    infer: (_, { dtype }) => ({ shape: [], dtype }),
    flops: () => 0,
  }),
};
