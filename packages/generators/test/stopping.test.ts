import { cpu } from '@softvq/backends/cpu';
import {
  type MemoryUsage,
  memory,
  type RandomSource,
  type SampleEvent,
  setDefaultBackend,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SiT } from '../src/sit.js';
import { collect } from './collect.js';
import { smallSiT } from './small-sit.js';

beforeAll(async () => {
  setDefaultBackend(await cpu());
});

describe('stopping', () => {
  const options = { labels: [1, 2, 3], steps: 20, sampler: 'heun', batchSize: 2 } as const;

  /** Less is possible: garbage of earlier tests may be collected meanwhile. */
  function expectNoMoreThan(before: MemoryUsage): void {
    expect(memory().tensors).toBeLessThanOrEqual(before.tensors);
    expect(memory().bytes).toBeLessThanOrEqual(before.bytes);
  }

  async function settledMemory(sit: SiT) {
    // Compiled and cached things are there already when it counts.
    const { latents } = await collect(sit.sample({ ...options, steps: 2 }));
    latents.dispose();
    return memory();
  }

  it('by the signal takes at most one step and frees everything', async () => {
    const sit = smallSiT();
    const before = await settledMemory(sit);
    const controller = new AbortController();
    let stepsAfter = 0;
    const sampling = async () => {
      for await (const event of sit.sample({ ...options, signal: controller.signal })) {
        if (controller.signal.aborted) stepsAfter += 1;
        if (event.type === 'step' && event.step === 3) controller.abort(new Error('enough'));
      }
    };
    await expect(sampling()).rejects.toThrow('enough');
    expect(stepsAfter).toBe(0);
    expectNoMoreThan(before);
    await sit.dispose();
  });

  it('by the signal in the middle of a step throws when that is done', async () => {
    const sit = smallSiT();
    const before = await settledMemory(sit);
    const controller = new AbortController();
    const sampling = sit.sample({ ...options, signal: controller.signal });
    await sampling.next();
    await sampling.next();
    const next = sampling.next();
    controller.abort();
    await expect(next).rejects.toThrow(/abort/);
    expectNoMoreThan(before);
    expect((await sampling.next()).done).toBe(true);
    await sit.dispose();
  });

  it('before it begins runs nothing', async () => {
    const sit = smallSiT();
    const events: SampleEvent[] = [];
    const sampling = async () => {
      for await (const event of sit.sample({ ...options, signal: AbortSignal.abort() })) events.push(event);
    };
    await expect(sampling()).rejects.toThrow(/abort/);
    expect(events).toEqual([]);
  });

  it('by leaving the loop frees everything, also of batches that are done', async () => {
    const sit = smallSiT();
    const before = await settledMemory(sit);
    for await (const event of sit.sample(options)) {
      if (event.type === 'step' && event.batch === 1 && event.step === 2) break;
    }
    expectNoMoreThan(before);
    await sit.dispose();
  });

  it('by an error of a random source frees everything', async () => {
    const sit = smallSiT();
    const before = await settledMemory(sit);
    const random = (): RandomSource => {
      const stream = new RandomStream({ seed: 0, name: 'short' });
      let calls = 0;
      return Object.assign(Object.create(stream) as RandomStream, {
        normal: (count: number) => new Float32Array(calls++ < 3 ? count : count - 1),
      });
    };
    const sampling = collect(sit.sample({ ...options, sampler: 'euler-maruyama', random }));
    await expect(sampling).rejects.toThrow(/gave 23 normal numbers where 24 were asked for/);
    expectNoMoreThan(before);
    await sit.dispose();
  });

  it.each(['euler', 'heun', 'dopri5', 'euler-maruyama', 'stochastic-heun'])(
    'after a whole run of %s leaves nothing but the latents',
    async (sampler) => {
      const sit = smallSiT();
      const run = () => collect(sit.sample({ ...options, steps: 30, sampler, labels: [1] }));
      (await run()).latents.dispose();
      const { tensors, bytes } = memory();
      const { latents } = await run();
      expectNoMoreThan({ tensors: tensors + 1, bytes: bytes + 4 * 6 * 4 });
      latents.dispose();
      expectNoMoreThan({ tensors, bytes });
      await sit.dispose();
    },
  );
});
