import { cpu } from '@softvq/backends/cpu';
import { type Backend, setDefaultBackend } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import { countingCompilations } from './counting-backends.js';
import { withOtherValues } from './other-values.js';
import { difference, latentsOf, smallSiT } from './small-sit.js';

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
});

describe('what is compiled', () => {
  it('is shared by samplers with the same step, and replaced by others', async () => {
    const sit = smallSiT();
    const compiled = countingCompilations(backend);
    const run = (sampler: string, batch = 1) =>
      latentsOf(sit, { count: batch, sampler, steps: 100, backend: compiled.backend });
    await run('euler');
    await run('heun', 3);
    await run('euler-maruyama', 2);
    await run('stochastic-heun');
    expect(compiled.live()).toBe(1);
    expect(compiled.made()).toBe(1);
    await run('dopri5');
    expect(compiled.made()).toBe(2);
    expect(compiled.live()).toBe(1);
    await sit.dispose();
    expect(compiled.live()).toBe(0);
  });

  it('stays for a run that still needs it', async () => {
    const sit = smallSiT();
    const [one] = await latentsOf(sit, { count: 1, sampler: 'euler' });
    const [other] = await latentsOf(sit, { count: 1, sampler: 'dopri5', steps: 100 });
    const [[first], [second]] = await Promise.all([
      latentsOf(sit, { count: 1, sampler: 'euler' }),
      latentsOf(sit, { count: 1, sampler: 'dopri5', steps: 100 }),
    ]);
    expect(first).toEqual(one);
    expect(second).toEqual(other);
    await sit.dispose();
  });

  it('follows the weights', async () => {
    const sit = smallSiT();
    const [before] = await latentsOf(sit, { count: 1 });
    const copy = withOtherValues(sit, 5);
    const [ofCopy] = await latentsOf(copy, { count: 1 });
    sit.loadStateDict(copy.stateDict());
    const [after] = await latentsOf(sit, { count: 1 });
    expect(difference(ofCopy!, before!)).toBeGreaterThan(1e-3);
    expect(after).toEqual(ofCopy);
    await sit.dispose();
    await copy.dispose();
  });

  it('is gone after dispose, also for a run that goes on', async () => {
    const sit = smallSiT();
    const sampling = sit.sample({ count: 1 });
    await sampling.next();
    await sampling.next();
    await sit.dispose();
    await expect(collect(sampling)).rejects.toThrow(/dispose/);
    expect((await latentsOf(sit, { count: 1 })).length).toBe(1);
    await sit.dispose();
  });
});
