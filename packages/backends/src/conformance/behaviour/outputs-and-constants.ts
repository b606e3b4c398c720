import {
  type DType,
  fromStored,
  full,
  type HostTensor,
  type Tensor,
  tensor,
  withCompiled,
} from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { assertClose } from '../comparison.js';
import { makeInputs, numbers } from '../inputs.js';
import { checksOf, expectEqual, expectNumbers } from './expectations.js';

interface Argument {
  readonly x: Tensor;
}

/** As a file would hold it, read when the graph is compiled. */
function stored(dtype: DType, host: HostTensor): StoredTensor {
  return {
    dtype,
    storedAs: dtype,
    shape: host.shape,
    read: async () => ({ ...host, data: host.data.slice() }),
  };
}

const outputs = checksOf('outputs', {
  'an input, twice, beside a result': async ({ backend }) => {
    await withCompiled(
      ({ x }: Argument) => [x, x.add(1), x],
      { backend },
      async (compiled) => {
        const x = tensor([1, 2]);
        const [first, second, third] = (await compiled({ x })) as [Tensor, Tensor, Tensor];
        x.dispose();
        await expectNumbers(first, [1, 2]);
        first.dispose();
        await expectNumbers(third, [1, 2], 'the same input again');
        await expectNumbers(second, [2, 3]);
      },
    );
  },

  'one result twice': async ({ backend }) => {
    const fn = ({ x }: Argument) => {
      const doubled = x.mul(2);
      return [doubled, doubled];
    };
    await withCompiled(fn, { backend }, async (compiled) => {
      const [first, second] = (await compiled({ x: tensor([1, 2]) })) as [Tensor, Tensor];
      first.dispose();
      await expectNumbers(second, [2, 4]);
    });
  },

  'a constant, twice': async ({ backend }) => {
    const constant = tensor([3, 4]);
    await withCompiled(
      ({ x }: Argument) => [constant, x, constant],
      { backend },
      async (compiled) => {
        const results = async () => (await compiled({ x: tensor([1]) })) as [Tensor, Tensor, Tensor];
        const [first, , third] = await results();
        first.dispose();
        await expectNumbers(third, [3, 4]);
        const [again] = await results();
        await expectNumbers(again, [3, 4], 'the constant at the next call');
      },
    );
  },

  'no inputs at all': async ({ backend }) => {
    await withCompiled(
      () => full([3], 2).mul(3),
      { backend },
      async (compiled) => {
        await expectNumbers(await compiled({}), [6, 6, 6]);
      },
    );
  },

  'no operations at all': async ({ backend }) => {
    await withCompiled(
      ({ x }: Argument) => ({ x }),
      { backend },
      async (compiled) => {
        await expectNumbers((await compiled({ x: tensor([1, 2]) })).x, [1, 2]);
      },
    );
  },

  'many results in order': async ({ backend }) => {
    const fn = ({ x }: Argument) => Array.from({ length: 20 }, (_, i) => x.mul(i));
    await withCompiled(fn, { backend }, async (compiled) => {
      const results = await compiled({ x: tensor([1, 2]) });
      for (const [i, result] of results.entries()) await expectNumbers(result, [i, 2 * i], `result ${i}`);
    });
  },

  'results go on as inputs': async ({ backend }) => {
    await withCompiled(
      ({ x }: Argument) => x.mul(2),
      { backend },
      async (compiled) => {
        const twice = await compiled({ x: await compiled({ x: tensor([1, 2]) }) });
        await expectNumbers(twice, [4, 8]);
      },
    );
  },
});

const constants = checksOf('constants', {
  'captured tensors of every type': async ({ backend, tolerance }) => {
    for (const dtype of backend.capabilities.dtypes) {
      const [constant, x] = makeInputs('constants', [numbers(3, 5), numbers(2)], dtype) as [Tensor, Tensor];
      await withCompiled(
        ({ x }: Argument) => [constant.reshape([5, 3]), x],
        { backend },
        async (compiled) => {
          const [result] = (await compiled({ x })) as [Tensor];
          const expected = { ...(await constant.host()), shape: [5, 3] };
          assertClose(await result.host(), expected, tolerance.forward, dtype);
        },
      );
    }
  },

  'scalars and nothing': async ({ backend }) => {
    const [number, nothing] = [tensor(5), tensor([], { dtype: 'float32' })];
    await withCompiled(
      ({ x }: Argument) => [x.add(number), nothing.mul(2)],
      { backend },
      async (compiled) => {
        const [sum, empty] = (await compiled({ x: tensor([1, 2]) })) as [Tensor, Tensor];
        await expectNumbers(sum, [6, 7]);
        await expectNumbers(empty, []);
      },
    );
  },

  'in a file': async ({ backend }) => {
    for (const dtype of ['float32', 'float64', 'int32', 'int64'] as const) {
      if (!backend.capabilities.dtypes.includes(dtype)) continue;
      const host = await tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { dtype },
      ).host();
      const weight = fromStored(stored(dtype, host));
      await withCompiled(
        ({ x }: Argument) => weight.mul(x),
        { backend },
        async (compiled) => {
          const result = await compiled({ x: tensor([1, 10, 100], { dtype }) });
          await expectNumbers(result, [1, 20, 300, 4, 50, 600], dtype);
        },
      );
    }
  },

  'named by the caller': async ({ backend }) => {
    interface Layer extends Argument {
      readonly weight: Tensor;
    }
    const options = { backend, constants: ['weight'] };
    await withCompiled(
      ({ x, weight }: Layer) => x.mul(weight),
      options,
      async (compiled) => {
        const [one, other] = [tensor([2, 3]), tensor([5, 7])];
        await expectNumbers(await compiled({ x: tensor([1, 1]), weight: one }), [2, 3]);
        await expectNumbers(await compiled({ x: tensor([2, 2]), weight: one }), [4, 6]);
        expectEqual(compiled.compilations, 1, 'compilations for one weight');
        await expectNumbers(await compiled({ x: tensor([1, 1]), weight: other }), [5, 7]);
      },
    );
  },

  'the tensor may go once it is compiled': async ({ backend }) => {
    const weight = tensor([2, 3]);
    await withCompiled(
      ({ x }: Argument) => x.mul(weight),
      { backend },
      async (compiled) => {
        await compiled.prepare({ x: tensor([1, 1]) });
        weight.dispose();
        await expectNumbers(await compiled({ x: tensor([1, 10]) }), [2, 30]);
      },
    );
  },
});

export const outputsAndConstants = [...outputs, ...constants];
