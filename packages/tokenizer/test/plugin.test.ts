import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import { ArgumentError, FileFormatError } from '@softvq/core';
import {
  AE,
  createFromConfig,
  findTokenizer,
  isBuiltIn,
  registerTokenizer,
  savedConfigOf,
  tokenizerNames,
} from '@softvq/tokenizer';
import { describeTokenizer } from '@softvq/tokenizer/conformance';
import { fromPretrained, loadTokenizer, savePretrained } from '@softvq/tokenizer/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import plugin, { LinearPatches } from './fixtures/linear-patches/index.js';

const options = { imageSize: 8, patchSize: 4, width: 5, latentStatistics: { mean: 0.25, std: 2 } };

let folder: string;
beforeAll(async () => {
  registerTokenizer(plugin.tokenizer);
  folder = await mkdtemp(join(tmpdir(), 'softvq-plugin-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeTokenizer("somebody else's tokenizer", () => new LinearPatches(options), {
  createBackend: cpu,
  roundTrip: async (tokenizer) => {
    await savePretrained(tokenizer, folder);
    return loadTokenizer(LinearPatches, folder);
  },
});

describe('plugins', () => {
  it('are loaded by the name that is saved', async () => {
    await savePretrained(new LinearPatches(options), folder);
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
    expect(config).toEqual({ _class_name: 'LinearPatches', ...options });
    const loaded = await fromPretrained(folder);
    expect(loaded).toBeInstanceOf(LinearPatches);
    expect(isBuiltIn(loaded)).toBe(false);
  });

  it('that are not registered are missed by name', async () => {
    await writeFile(join(folder, 'config.json'), JSON.stringify({ _class_name: 'Unheard' }));
    const loading = fromPretrained(folder);
    await expect(loading).rejects.toThrow(FileFormatError);
    await expect(loading).rejects.toThrow(
      /no tokenizer is registered as "Unheard"; there are SoftVQ, VQ, KL, AE, MAETok, LinearPatches/,
    );
  });

  it('cannot take the names of others, but may be registered twice', () => {
    registerTokenizer(plugin.tokenizer);
    expect(tokenizerNames()).toEqual(['SoftVQ', 'VQ', 'KL', 'AE', 'MAETok', 'LinearPatches']);
    expect(() => registerTokenizer({ ...plugin.tokenizer, name: 'SoftVQ' })).toThrow(ArgumentError);
    expect(findTokenizer('LinearPatches')).toBe(plugin.tokenizer);
  });

  it('that are not registered cannot be saved', async () => {
    const nameless = new LinearPatches(options);
    Object.defineProperty(nameless, 'name', { value: 'Nameless' });
    await expect(savePretrained(nameless, folder)).rejects.toThrow(/"Nameless" cannot be saved/);
  });
});

it('makes the tokenizers of this library of what is saved of them', () => {
  const trunk = { width: 8, depth: 1, heads: 2 };
  const tokenizer = new AE({
    imageSize: 8,
    patchSize: 4,
    latentTokens: 2,
    latentWidth: 3,
    encoder: trunk,
    decoder: trunk,
  });
  const config = savedConfigOf(tokenizer);
  expect(config).toMatchObject({ _class_name: 'AE', num_latent_tokens: 2 });
  const again = createFromConfig(JSON.parse(JSON.stringify(config)));
  expect(isBuiltIn(again)).toBe(true);
  expect([again.name, again.latentShape]).toEqual(['AE', [2, 3]]);
});
