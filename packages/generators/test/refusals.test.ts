import { reference } from '@softvq/backends/reference';
import { ArgumentError, type SampleOptions, type Sampler, setDefaultBackend } from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { DiT } from '../src/dit.js';
import { ddpm } from '../src/samplers/index.js';
import { SiT } from '../src/sit.js';
import { size } from './small-sit.js';

beforeAll(async () => {
  setDefaultBackend(await reference());
});

describe('what cannot be right is refused before anything runs', () => {
  const sit = new SiT(size);
  const refuse = (options: unknown, message: RegExp) => {
    const call = () => sit.sample(options as SampleOptions<'interpolant'>);
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  };

  it.each([[-1], [5], [1.5], [Number.NaN], ['1'], [undefined]])('the label %s', (label) => {
    refuse({ labels: [0, label] }, /label 1 is .*; SiT knows the classes 0 to 4, and null for none/);
  });

  it('numbers of images', () => {
    refuse({}, /either labels/);
    refuse({ labels: [1], count: 1 }, /either labels/);
    refuse({ labels: [] }, /the number of labels/);
    for (const count of [0, -1, 1.5]) refuse({ count }, /count is a whole number from 1/);
  });

  it('settings', () => {
    refuse({ count: 1, steps: 0 }, /number of steps/);
    refuse({ count: 1, batchSize: 0 }, /batchSize/);
    refuse({ count: 1, seed: -1 }, /seed/);
    refuse({ count: 1, firstIndex: 0.5 }, /firstIndex/);
    refuse({ count: 1, temperature: -1 }, /temperature/);
  });

  it('samplers', () => {
    refuse({ count: 1, sampler: 'eular' }, /no sampler is registered as "eular"; there are .*euler/);
    refuse({ count: 1, sampler: 'ddpm' }, /"ddpm" integrates .*"diffusion", not "interpolant"; .*heun/);
    refuse({ count: 1, sampler: ddpm() as unknown as Sampler<'interpolant'> }, /integrates/);
  });

  it('guidance', () => {
    refuse({ count: 1, guidance: { scale: Number.NaN } }, /scale/);
    refuse({ count: 1, guidance: { scale: -1 } }, /scale/);
    refuse({ count: 1, guidance: { scale: 2, interval: [0.7, 0.2] } }, /interval/);
    refuse({ count: 1, guidance: { scale: 2, interval: [0, 2] } }, /interval/);
    refuse({ count: 1, guidance: { scale: 2, schedule: 'linear' } }, /schedule "linear" grows/);
    refuse({ count: 1, guidance: { scale: 2, schedule: 'cosine' } }, /"constant" or "linear"/);
    refuse({ count: 1, guidance: { scale: 2, model: new DiT(size) } }, /the other model is DiT/);
    const smaller = new SiT({ ...size, latentShape: [2, 6] });
    refuse({ count: 1, guidance: { scale: 2, model: smaller } }, /\[2, 6\].* must be .*\[4, 6\]/);
    const cosine = new SiT({ ...size, path: 'cosine' });
    refuse({ count: 1, guidance: { scale: 2, model: cosine } }, /cosine/);
  });
});
