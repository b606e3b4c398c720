import { memory, type Tensor, tensor, valueAndGrad, withCompiled } from '@softvq/core';
import type { Workbench } from '../check.js';
import { checksOf, expectEqual, expectNumbers, expectRefusal } from './expectations.js';

interface Training {
  readonly weight: Tensor;
  readonly x: Tensor;
}

const step = ({ weight, x }: Training) => {
  const { value, gradient } = valueAndGrad((w: Tensor) => w.mul(x).square().sum())(weight);
  return { loss: value, weight: weight.sub(gradient.mul(0.01)) };
};

async function usedUntilDisposed({ createBackend }: Workbench): Promise<void> {
  const backend = await createBackend();
  await withCompiled(
    ({ x }: { x: Tensor }) => x.add(1),
    { backend },
    async (compiled) => {
      await expectNumbers(await compiled({ x: tensor([1, 2]) }), [2, 3]);
    },
  );
  await backend.dispose();
}

export const memoryChecks = checksOf('memory', {
  'twenty calls leave nothing behind': async ({ backend }) => {
    const before = memory();
    await withCompiled(step, { backend }, async (compiled) => {
      for (let i = 0; i < 20; i++) {
        const [weight, x] = [tensor([1, 2, 3]), tensor([4, 5, 6])];
        const result = await compiled({ weight, x });
        for (const each of [weight, x, result.loss, result.weight]) each.dispose();
      }
    });
    expectEqual(memory().tensors, before.tensors, 'the number of tensors');
    expectEqual(memory().bytes, before.bytes, 'the bytes they hold');
  },

  'twenty donating calls hold one state': async ({ backend }) => {
    const before = memory();
    await withCompiled(step, { backend, donate: ['weight'] }, async (compiled) => {
      const x = tensor([4, 5, 6]);
      let weight = tensor([1, 2, 3]);
      for (let i = 0; i < 20; i++) {
        const next = await compiled({ weight, x });
        next.loss.dispose();
        weight = next.weight;
        expectEqual(memory().tensors, before.tensors + 2, `tensors after call ${i + 1}`);
      }
      weight.dispose();
      x.dispose();
    });
    expectEqual(memory().bytes, before.bytes, 'the bytes held');
  },

  'create, dispose, create': async (workbench) => {
    for (let i = 0; i < 3; i++) await usedUntilDisposed(workbench);
  },

  'two at once': async ({ backend, createBackend }) => {
    const other = await createBackend();
    for (const each of [backend, other, backend]) {
      await withCompiled(
        ({ x }: { x: Tensor }) => x.mul(3),
        { backend: each },
        async (compiled) => {
          await expectNumbers(await compiled({ x: tensor([1, 2]) }), [3, 6]);
        },
      );
    }
    await other.dispose();
    await withCompiled(
      ({ x }: { x: Tensor }) => x.mul(5),
      { backend },
      async (compiled) => {
        await expectNumbers(await compiled({ x: tensor([1, 2]) }), [5, 10], 'after the other was disposed');
      },
    );
  },

  'disposing twice does nothing': async ({ backend, createBackend }) => {
    const other = await createBackend();
    await other.dispose();
    await other.dispose();
    const buffer = await backend.upload({ dtype: 'float32', shape: [1], data: Float32Array.of(1) });
    buffer.dispose();
    buffer.dispose();
  },

  'a disposed backend refuses everything': async ({ createBackend }) => {
    const backend = await createBackend();
    const host = { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) } as const;
    const buffer = await backend.upload(host);
    const x = tensor([1, 2]);
    await withCompiled(
      ({ x }: { x: Tensor }) => x.add(1),
      { backend },
      async (compiled) => {
        const graph = await compiled.graph({ x });
        const executable = await backend.compile(graph);
        await backend.dispose();
        await expectRefusal(() => backend.upload(host), 'an upload', 'disposed');
        await expectRefusal(() => backend.compile(graph), 'a compilation', 'disposed');
        await expectRefusal(() => executable.run([buffer]), 'a run', 'disposed');
      },
    );
  },

  'a disposed executable does not run': async ({ backend }) => {
    await withCompiled(
      ({ x }: { x: Tensor }) => x.add(1),
      { backend },
      async (compiled) => {
        const x = tensor([1, 2]);
        const executable = await backend.compile(await compiled.graph({ x }));
        const buffer = await backend.upload(await x.host());
        await executable.run([buffer]);
        await executable.dispose();
        await executable.dispose();
        await expectRefusal(() => executable.run([buffer]), 'a run', 'disposed');
      },
    );
  },

  'a disposed buffer cannot be used': async ({ backend }) => {
    await withCompiled(
      ({ x }: { x: Tensor }) => x.add(1),
      { backend },
      async (compiled) => {
        const x = tensor([1, 2]);
        const executable = await backend.compile(await compiled.graph({ x }));
        const buffer = await backend.upload(await x.host());
        const [result] = await executable.run([buffer]);
        buffer.dispose();
        result!.dispose();
        await expectRefusal(() => executable.run([buffer]), 'a disposed input', 'disposed');
        await expectRefusal(() => backend.download(result!), 'reading a disposed result', 'disposed');
        await executable.dispose();
      },
    );
  },
});
