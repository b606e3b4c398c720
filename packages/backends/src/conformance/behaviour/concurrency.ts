import { matmul, softmax, sum, type Tensor, tensor, withCompiled } from '@softvq/core';
import { numbersOf } from '../comparison.js';
import { makeInputs, numbers } from '../inputs.js';
import { checksOf, expectNumbers, expectRefusal } from './expectations.js';

const calls = Array.from({ length: 8 }, (_, i) => i);
/** Large enough that calls would overlap if they could. */
const size = 64;

function squareMatrix(seed: string): Tensor {
  return makeInputs(seed, [numbers(size, size)], 'float32')[0]!;
}

const fn = ({ x }: { x: Tensor }) => sum(softmax(matmul(x, x)).mul(x), 1);

export const concurrency = checksOf('concurrency', {
  'eight calls of one executable': async ({ backend }) => {
    await withCompiled(fn, { backend }, async (compiled) => {
      const inputs = calls.map((i) => squareMatrix(`call ${i}`));
      const together = await Promise.all(inputs.map((x) => compiled({ x })));
      for (const [i, x] of inputs.entries()) {
        const alone = numbersOf(await (await compiled({ x })).host());
        await expectNumbers(together[i]!, alone, `call ${i}`);
      }
    });
  },

  'eight calls with eight sizes': async ({ backend }) => {
    await withCompiled(
      ({ x }: { x: Tensor }) => x.mul(2),
      { backend, dynamic: { x: ['batch'] } },
      async (compiled) => {
        const results = await Promise.all(
          calls.map((i) => compiled({ x: tensor(new Float32Array(i + 1).fill(i)) })),
        );
        for (const [i, result] of results.entries()) {
          await expectNumbers(result, new Array<number>(i + 1).fill(2 * i), `call ${i}`);
        }
      },
    );
  },

  'eight executables': async ({ backend }) => {
    const x = squareMatrix('executables');
    const total = async (factor: number) =>
      withCompiled(
        ({ x }: { x: Tensor }) => sum(matmul(x, x).abs().mul(factor)),
        { backend },
        async (compiled) => (await compiled({ x })).item(),
      );
    const one = await total(1);
    const totals = await Promise.all(calls.map(total));
    for (const i of calls) await expectNumbers(tensor(totals[i]!), [i * one], `executable ${i}`);
  },

  'reading while others run': async ({ backend }) => {
    await withCompiled(fn, { backend }, async (compiled) => {
      const x = squareMatrix('reading');
      const first = await compiled({ x });
      const expected = numbersOf(await first.host());
      const running = calls.map(() => compiled({ x }));
      await expectNumbers(first, expected, 'an earlier result');
      for (const result of await Promise.all(running))
        await expectNumbers(result, expected, 'a later result');
    });
  },

  'an input disposed right after the call is refused or still counts': async ({ backend }) => {
    await withCompiled(fn, { backend }, async (compiled) => {
      const x = squareMatrix('gone');
      const expected = numbersOf(await (await compiled({ x })).host());
      const executable = await backend.compile(await compiled.graph({ x }));
      const buffer = await backend.upload(await x.host());
      const run = executable.run([buffer]);
      buffer.dispose();
      const [outcome] = await Promise.allSettled([run]);
      if (outcome.status === 'fulfilled') {
        await expectNumbers(tensor(await backend.download(outcome.value[0]!)), expected);
      } else {
        await expectRefusal(run, 'the call', 'disposed');
      }
      await executable.dispose();
    });
  },

  'a buffer disposed while it is read is refused or read': async ({ backend }) => {
    const buffer = await backend.upload(await squareMatrix('read').host());
    const expected = numbersOf(await squareMatrix('read').host());
    const read = Promise.resolve(backend.download(buffer));
    buffer.dispose();
    const [outcome] = await Promise.allSettled([read]);
    if (outcome.status === 'fulfilled') {
      await expectNumbers(tensor(outcome.value), expected);
    } else {
      await expectRefusal(read, 'reading', 'disposed');
    }
  },

  'one call that fails does not disturb the others': async ({ backend }) => {
    await withCompiled(fn, { backend }, async (compiled) => {
      const x = squareMatrix('others');
      const expected = numbersOf(await (await compiled({ x })).host());
      const executable = await backend.compile(await compiled.graph({ x }));
      const good = await backend.upload(await x.host());
      const bad = await backend.upload({ dtype: 'float32', shape: [1], data: Float32Array.of(1) });
      const settled = await Promise.allSettled([good, bad, good].map(async (each) => executable.run([each])));
      for (const [i, outcome] of settled.entries()) {
        if (i === 1) {
          if (outcome.status === 'fulfilled') throw new Error('an input of another shape was taken');
        } else if (outcome.status === 'rejected') {
          throw outcome.reason;
        } else {
          await expectNumbers(tensor(await backend.download(outcome.value[0]!)), expected, `call ${i}`);
        }
      }
      await executable.dispose();
    });
  },
});
