import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { ArgumentError, setDefaultBackend } from '@softvq/core';
import {
  DiT,
  findGenerator,
  findSampler,
  generatorNames,
  registerGenerator,
  registerSampler,
  samplerNames,
} from '@softvq/generators';
import { describeGenerator, describeSampler } from '@softvq/generators/conformance';
import { fromPretrained, savePretrained } from '@softvq/generators/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect } from './collect.js';
import plugin, { GatedFlow, midpoint } from './fixtures/gated-flow/index.js';

const options = { tokens: 4, channels: 6, width: 16, classes: 3 };

let folder: string;
beforeAll(async () => {
  registerGenerator(plugin.generator);
  registerSampler(plugin.sampler);
  folder = await mkdtemp(join(tmpdir(), 'softvq-plugin-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function throughFolder(generator: GatedFlow): Promise<GatedFlow> {
  await savePretrained(generator, folder);
  return (await fromPretrained(folder)) as GatedFlow;
}

describeGenerator("somebody else's generator", () => new GatedFlow(options), {
  createBackend: cpu,
  roundTrip: throughFolder,
});

describeSampler("somebody else's sampler", midpoint, { createBackend: cpu, steps: 20 });

describe('plugins', () => {
  it('are loaded by their names from what was saved, and draw together', async () => {
    const backend = await cpu();
    setDefaultBackend(backend);
    await savePretrained(new GatedFlow(options), folder);
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
    expect(config).toEqual({ _class_name: 'GatedFlow', ...options });
    // What a saved pipeline says of its generator.
    const pipeline = { generator: folder, sampling: { sampler: 'midpoint', steps: 3 } };
    await writeFile(join(folder, 'pipeline.json'), JSON.stringify(pipeline));
    const saved = JSON.parse(await readFile(join(folder, 'pipeline.json'), 'utf8')) as typeof pipeline;
    const generator = await fromPretrained(saved.generator);
    expect(generator).toBeInstanceOf(GatedFlow);
    const { latents, evaluations } = await collect(generator.sample({ count: 2, ...saved.sampling }));
    expect(latents.shape).toEqual([2, 4, 6]);
    expect(evaluations).toBe(6);
    latents.dispose();
    await generator.dispose();
    await backend.dispose();
  });

  it('use the samplers of the library, and the library theirs', async () => {
    const backend = await cpu();
    const generator = new GatedFlow(options);
    for (const sampler of samplerNames('interpolant')) {
      const { latents } = await collect(generator.sample({ count: 1, sampler, steps: 20, backend }));
      latents.dispose();
    }
    await generator.dispose();
    await backend.dispose();
  });

  it('that are not registered are missed by name', async () => {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ _class_name: 'Unheard' }));
    await expect(fromPretrained(folder)).rejects.toThrow(
      /no generator is registered as "Unheard"; there are SiT, DiT, MAR, GatedFlow/,
    );
    expect(() => findSampler('unheard', 'interpolant')).toThrow(/no sampler .* "unheard"; .*midpoint/);
  });

  it('cannot take the names of others, but may be registered twice', () => {
    registerGenerator(plugin.generator);
    registerSampler(plugin.sampler);
    expect(generatorNames()).toEqual(['SiT', 'DiT', 'MAR', 'GatedFlow']);
    expect(() => registerSampler(midpoint())).toThrow(/another sampler is registered as "midpoint"/);
    expect(() => registerGenerator({ ...plugin.generator, name: 'SiT' })).toThrow(ArgumentError);
    expect(findGenerator('GatedFlow')).toBe(plugin.generator);
  });

  it('of another version of the contract are refused', () => {
    const sampler = { ...midpoint(), name: 'future', specVersion: 2 as 1 };
    expect(() => registerSampler(sampler)).toThrow(/"future" has specVersion 2; this library knows 1/);
    expect(() => registerSampler({ ...midpoint(), name: '' })).toThrow(/needs a name/);
  });

  it('that are not registered cannot be saved', async () => {
    const nameless = Object.defineProperty(
      new DiT({ latentShape: [2, 2], width: 8, depth: 1, heads: 1 }),
      'name',
      {
        value: 'Nameless',
      },
    );
    await expect(savePretrained(nameless, folder)).rejects.toThrow(/"Nameless" cannot be saved/);
  });
});
