import { sum, type Tensor, tensor, withCompiled } from '@softvq/core';
import { checksOf, expectNumbers, expectRefusal } from './expectations.js';

interface State {
  readonly state: Tensor;
  readonly step: Tensor;
}

const donated = { donate: ['state'] };

export const donation = checksOf('donate', {
  'a donated input is gone': async ({ backend }) => {
    await withCompiled(
      ({ state, step }: State) => state.add(step),
      { backend, ...donated },
      async (compiled) => {
        const [state, step] = [tensor([1, 2, 3]), tensor([10, 20, 30])];
        await expectNumbers(await compiled({ state, step }), [11, 22, 33]);
        await expectRefusal(compiled({ state, step }), 'a donated tensor', 'disposed');
        await expectNumbers(step, [10, 20, 30], 'the other input');
      },
    );
  },

  'a donated buffer is gone': async ({ backend }) => {
    await withCompiled(
      ({ state, step }: State) => state.add(step),
      { backend },
      async (compiled) => {
        const example = { state: tensor([1, 2]), step: tensor([3, 4]) };
        const executable = await backend.compile(await compiled.graph(example), { donated: [0] });
        const upload = async (each: Tensor) => backend.upload(await each.host());
        const [state, step] = [await upload(example.state), await upload(example.step)];
        await executable.run([state, step]);
        await expectRefusal(executable.run([state, step]), 'a donated buffer', 'disposed');
        await expectRefusal(backend.download(state), 'reading a donated buffer', 'disposed');
        await backend.download(step);
        await executable.dispose();
      },
    );
  },

  'an update that other results read the old value of': async ({ backend }) => {
    const fn = ({ state, step }: State) => ({
      next: state.add(step),
      doubled: state.mul(2),
      total: sum(state),
      difference: state.add(step).sub(state),
    });
    await withCompiled(fn, { backend, ...donated }, async (compiled) => {
      const { next, doubled, total, difference } = await compiled({
        state: tensor([1, 2, 3]),
        step: tensor([10, 20, 30]),
      });
      await expectNumbers(next, [11, 22, 33], 'the update');
      await expectNumbers(doubled, [2, 4, 6], 'a result of the old value');
      await expectNumbers(total, [6], 'the sum of the old value');
      await expectNumbers(difference, [10, 20, 30], 'the difference');
    });
  },

  'a donated input as a result': async ({ backend }) => {
    const fn = ({ state, step }: State) => ({ same: state, other: state.mul(step) });
    await withCompiled(fn, { backend, ...donated }, async (compiled) => {
      const { same, other } = await compiled({ state: tensor([1, 2]), step: tensor([3, 4]) });
      await expectNumbers(same, [1, 2]);
      await expectNumbers(other, [3, 8]);
    });
  },

  'state that goes round': async ({ backend }) => {
    await withCompiled(
      ({ state, step }: State) => state.mul(0.5).add(step),
      { backend, ...donated },
      async (compiled) => {
        const step = tensor([1, 2, 3]);
        let state = tensor([0, 0, 0]);
        for (let i = 0; i < 10; i++) state = await compiled({ state, step });
        const reached = 2 - 2 ** -9;
        await expectNumbers(state, [reached, 2 * reached, 3 * reached]);
      },
    );
  },
});
