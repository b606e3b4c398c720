import {
  type Backend,
  concat,
  type DynamicAxes,
  dimensionValue,
  layerNorm,
  linear,
  matmul,
  mean,
  reshape,
  scaledDotProductAttention,
  slice,
  softmax,
  split,
  sum,
  type Tensor,
  tensor,
  transpose,
  valueAndGrad,
  withCompiled,
} from '@softvq/core';
import type { Workbench } from '../check.js';
import { assertClose } from '../comparison.js';
import { makeInputs, numbers } from '../inputs.js';
import { checksOf, expectEqual, expectRefusal } from './expectations.js';

interface SymbolicFunction {
  readonly compute: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  readonly dynamic: readonly DynamicAxes[];
  /** The shapes of the inputs for each call. */
  readonly calls: readonly (readonly (readonly number[])[])[];
}

/** One executable that must serve every call. */
const functions: Readonly<Record<string, SymbolicFunction>> = {
  'one executable serves several sizes': {
    compute: (x) => x.mul(2).add(1),
    dynamic: [['batch']],
    calls: [[[3, 2]], [[5, 2]], [[1, 2]], [[3, 2]], [[64, 2]]],
  },
  'no elements': {
    compute: (x) => [x.exp(), sum(x, 0), sum(x)],
    dynamic: [['batch']],
    calls: [[[2, 3]], [[0, 3]], [[1, 3]]],
  },
  'a doubled batch': {
    compute: (x) => {
      const [conditional, unconditional] = split(concat([x, x.mul(3)]).mul(2), 2) as [Tensor, Tensor];
      return unconditional.add(conditional.sub(unconditional).mul(1.5));
    },
    dynamic: [['batch']],
    calls: [[[1, 3]], [[4, 3]], [[7, 3]]],
  },
  'batch and tokens joined': {
    compute: (x) => reshape(softmax(reshape(x, [-1, 4])).mul(2), [x.shape[0]!, -1, 4]),
    dynamic: [['batch', 'tokens']],
    calls: [[[2, 3, 4]], [[5, 1, 4]], [[2, 0, 4]], [[1, 7, 4]]],
  },
  'from the end of an axis': {
    compute: (x) => [slice(x, [null, { start: -2 }]), slice(x, [null, { stop: -1 }])],
    dynamic: [['batch', 'tokens']],
    calls: [[[2, 3, 2]], [[1, 7, 2]], [[3, 2, 2]]],
  },
  'the mean over an axis': {
    compute: (x) => [mean(x, 0), mean(x), x.div(dimensionValue(x.shape[0]!, x.dtype))],
    dynamic: [['batch']],
    calls: [[[2, 3]], [[9, 3]], [[1, 3]]],
  },
  'two symbols in one product': {
    compute: (a, b) => matmul(a, b),
    dynamic: [['rows'], [null, 'columns']],
    calls: [
      [
        [2, 3],
        [3, 5],
      ],
      [
        [5, 3],
        [3, 2],
      ],
      [
        [1, 3],
        [3, 1],
      ],
    ],
  },
  'heads of a transformer': {
    compute: (x, weight) => {
      const [batch, tokens] = x.shape;
      const heads = transpose(
        reshape(linear(layerNorm(x), weight), [batch!, tokens!, 3, 2, 2]),
        [2, 0, 3, 1, 4],
      );
      const [query, key, value] = split(heads, 3).map((part) => reshape(part, [batch!, 2, tokens!, 2])) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const mixed = scaledDotProductAttention(query, key, value);
      return x.add(reshape(transpose(mixed, [0, 2, 1, 3]), [batch!, tokens!, 4]));
    },
    dynamic: [['batch', 'tokens']],
    calls: [
      [
        [2, 3, 4],
        [12, 4],
      ],
      [
        [1, 5, 4],
        [12, 4],
      ],
      [
        [3, 1, 4],
        [12, 4],
      ],
    ],
  },
  gradients: {
    compute: (x, weight) =>
      valueAndGrad((w: Tensor) =>
        mean(
          linear(x, w)
            .square()
            .add(softmax(linear(x, w))),
        ),
      )(weight).gradient,
    dynamic: [['batch', 'tokens']],
    calls: [
      [
        [2, 3, 4],
        [5, 4],
      ],
      [
        [1, 1, 4],
        [5, 4],
      ],
      [
        [4, 2, 4],
        [5, 4],
      ],
    ],
  },
};

async function checkFunction(
  name: string,
  { compute, dynamic, calls }: SymbolicFunction,
  { backend, reference, tolerance }: Workbench,
): Promise<void> {
  const fn = (inputs: readonly Tensor[]) => [compute(...inputs)].flat();
  const paths = Object.fromEntries([...dynamic.entries()].map(([i, axes]) => [String(i), axes]));
  await withCompiled(fn, { backend, dynamic: paths }, async (compiled) => {
    for (const shapes of calls) {
      const inputs = makeInputs(
        name,
        shapes.map((shape) => numbers(...shape)),
        'float32',
      );
      const actual = await compiled(inputs);
      const expected = await withCompiled(fn, { backend: reference }, (exact) => exact(inputs));
      for (const [i, result] of actual.entries()) {
        const what = `result ${i} for ${shapes.map((shape) => `[${shape}]`).join(', ')}`;
        assertClose(await result.host(), await expected[i]!.host(), tolerance.forward, what);
      }
    }
    expectEqual(compiled.compilations, 1, 'the number of compilations');
  });
}

/** An executable of `a` (batch, 3) and `b` (batch), and the buffers to run it with. */
async function runWith(backend: Backend, a: Tensor, b: Tensor): Promise<unknown> {
  const example = { a: tensor([[1, 2, 3]]), b: tensor([1]) };
  const options = { backend, dynamic: { a: ['batch'], b: ['batch'] } };
  return withCompiled(
    ({ a, b }: typeof example) => a.mul(b.reshape([-1, 1])),
    options,
    async (compiled) => {
      const executable = await backend.compile(await compiled.graph(example));
      try {
        const buffers = await Promise.all([a, b].map(async (each) => backend.upload(await each.host())));
        return await executable.run(buffers);
      } finally {
        await executable.dispose();
      }
    },
  );
}

const zeros = (...shape: number[]) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });

export const symbolicSizes = checksOf('compile', {
  ...Object.fromEntries(
    Object.entries(functions).map(([name, fn]) => [
      `symbolic sizes: ${name}`,
      (workbench: Workbench) => checkFunction(name, fn, workbench),
    ]),
  ),
  'sizes that fit are taken': async ({ backend }) => {
    await runWith(backend, zeros(2, 3), zeros(2));
  },
  'one symbol with two sizes is refused': ({ backend }) =>
    expectRefusal(runWith(backend, zeros(2, 3), zeros(5)), 'a batch of 2 and 5', 'shape'),
  'another static size is refused': ({ backend }) =>
    expectRefusal(runWith(backend, zeros(2, 4), zeros(2)), 'an axis of 4 in place of 3', 'shape'),
  'another number of axes is refused': ({ backend }) =>
    expectRefusal(runWith(backend, zeros(2, 3, 1), zeros(2)), 'a third axis', 'shape'),
  'another element type is refused': ({ backend }) =>
    expectRefusal(
      runWith(backend, zeros(2, 3), tensor([1, 2], { dtype: 'int32' })),
      'int32 in place of float32',
      'dtype',
    ),
});
