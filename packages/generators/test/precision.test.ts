import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import { type Backend, BackendError, type Precision } from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import { countingCompilations } from './counting-backends.js';
import { withOtherValues } from './other-values.js';
import { smallMAR } from './small-mar.js';
import { difference, latentsOf, size, smallSiT } from './small-sit.js';

let backend: Backend;
beforeAll(async () => {
  backend = await cpu();
});
afterAll(() => backend.dispose());

describe('precision', () => {
  it('computes the network of a guided sampler in int8, but for the layers to keep', async () => {
    const sit = smallSiT();
    const drawn = async (precision?: Precision) => {
      const options = { labels: [1, 3], guidance: { scale: 2 }, backend, precision };
      return (await latentsOf(sit, options))[0]!;
    };
    const inFloats = await drawn();
    const inBytes = await drawn('int8');
    expect(difference(inBytes, inFloats)).toBeGreaterThan(1e-5);
    expect(difference(inBytes, inFloats)).toBeLessThan(0.05);
    const kept = await drawn({ compute: 'int8', keep: [/./] });
    expect(difference(kept, inFloats)).toBeLessThan(1e-6);
    await sit.dispose();
  });

  it('keeps layers of the model to be guided away from by their own names', async () => {
    const sit = smallSiT();
    const model = withOtherValues(smallSiT(), 9);
    const drawn = async (keep?: readonly (string | RegExp)[]) => {
      const precision: Precision | undefined = keep && { compute: 'int8', keep };
      const options = { labels: [1], guidance: { scale: 2, model }, backend, precision };
      return (await latentsOf(sit, options))[0]!;
    };
    const inFloats = await drawn();
    const onlyOther = await drawn([/^other\./]);
    expect(difference(onlyOther, inFloats)).toBeGreaterThan(1e-5);
    const all = await drawn([/./]);
    expect(difference(all, inFloats)).toBeLessThan(1e-6);
    await expect(drawn(['other.nowhere'])).rejects.toThrow(/precision keeps "other.nowhere"/);
    await sit.dispose();
    await model.dispose();
  });

  it('compiles once for equal precisions and anew for another', async () => {
    const sit = smallSiT();
    const compiled = countingCompilations(backend);
    const draw = (keep: readonly (string | RegExp)[]) =>
      latentsOf(sit, {
        count: 1,
        backend: compiled.backend,
        precision: { compute: 'int8', keep },
      });
    await draw(['final_layer', /^x_/]);
    await draw(['final_layer', /^x_/]);
    expect(compiled.made()).toBe(1);
    await draw(['final_layer']);
    expect(compiled.made()).toBe(2);
    expect(compiled.live()).toBe(1);
    await sit.dispose();
  });

  it('computes transformer and head of MAR in int8', async () => {
    const mar = smallMAR({ latentShape: size.latentShape });
    const drawn = async (precision?: Precision) => {
      const { latents } = await collect(mar.sample({ labels: [2], steps: 2, backend, precision }));
      const data = (await latents.data()) as Float32Array;
      latents.dispose();
      return data;
    };
    const inFloats = await drawn();
    const inBytes = await drawn('int8');
    expect(difference(inBytes, inFloats)).toBeGreaterThan(1e-5);
    expect(difference(inBytes, inFloats)).toBeLessThan(0.1);
    const headOnly = await drawn({ compute: 'int8', keep: ['diffloss'] });
    expect(difference(headOnly, inBytes)).toBeGreaterThan(1e-6);
    const kept = await drawn({ compute: 'int8', keep: [/./] });
    expect(difference(kept, inFloats)).toBeLessThan(1e-6);
    await mar.dispose();
  });

  it('is refused where the backend cannot', async () => {
    const sit = smallSiT();
    const interpreter = await reference();
    await expect(latentsOf(sit, { count: 1, backend: interpreter, precision: 'int8' })).rejects.toThrow(
      BackendError,
    );
    await interpreter.dispose();
    await sit.dispose();
  });
});
