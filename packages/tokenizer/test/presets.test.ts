import { readFile } from 'node:fs/promises';
import { memory, type Tensor, zeros } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  configOf,
  createTokenizer,
  type PresetName,
  parseTokenizerConfig,
  presets,
  SoftVQ,
} from '../src/index.js';
import { goldenPath } from './golden.js';

interface StateDictList {
  readonly config: Record<string, unknown>;
  readonly parameters: number;
  readonly tensors: Record<string, number[]>;
}

async function released(name: string): Promise<StateDictList> {
  return JSON.parse(await readFile(goldenPath(`state-dicts/${name}.json`), 'utf8')) as StateDictList;
}

/** Parameters without the decoder's patch embedding, as in the released files. */
const parameterCounts: Record<PresetName, number> = {
  'softvq-s-64': 44_543_904,
  'softvq-s-32': 45_580_224,
  'softvq-b-64': 172_973_088,
  'softvq-b-32': 173_997_120,
  'softvq-bl-64': 390_546_976,
  'softvq-bl-32': 391_571_008,
  'softvq-l-64': 608_136_992,
  'softvq-l-32': 391_571_008,
  'softvq-bl-64-512': 391_923_232,
  'softvq-l-32-512': 392_947_264,
};
const names = Object.keys(presets) as PresetName[];
const releasedNames = names.filter((name) => !name.startsWith('softvq-s-'));
const ofDecoder = ['decoder.model.patch_embed.proj.weight', 'decoder.model.patch_embed.proj.bias'];

function shapesOf(tensors: Record<string, Tensor>): Record<string, readonly unknown[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}

describe.each(names)('%s', (name) => {
  it('has the right number of parameters and makes none of them', () => {
    const before = memory();
    expect(new SoftVQ(presets[name]).parameterCount).toBe(parameterCounts[name]);
    expect(memory()).toEqual(before);
  });

  it('comes back from its own config', () => {
    const config = parseTokenizerConfig(configOf(new SoftVQ(presets[name])));
    const again = createTokenizer(config);
    expect(again).toBeInstanceOf(SoftVQ);
    expect(again.options).toEqual({ ...presets[name], normalized: true, rotary: undefined });
  });
});

describe.each(releasedNames)('%s as released', (name) => {
  it('has exactly the names and shapes of the files', async () => {
    const { config, tensors } = await released(name);
    const { 'quantize.codebook_used': _, ...expected } = tensors;
    for (const key of ofDecoder) delete expected[key];
    expect(shapesOf(new SoftVQ(presets[name]).stateDict())).toEqual(expected);

    const { note: __, ...fields } = config;
    const described = createTokenizer(parseTokenizerConfig(fields));
    expect(shapesOf(described.stateDict())).toEqual(expected);
  });

  it('takes the tensors of a file, ignoring only what has no use', async () => {
    const { tensors, parameters } = await released(name);
    const model = new SoftVQ(presets[name]);
    const report = model.loadStateDict(
      Object.fromEntries(Object.entries(tensors).map(([key, shape]) => [key, zeros(shape)])),
    );
    expect(report).toMatchObject({ missing: [], unexpected: [], misshapen: [] });
    expect([...report.ignored].sort()).toEqual([...ofDecoder, 'quantize.codebook_used'].sort());
    const patchEmbedding = (tensors[ofDecoder[0]!]![0] as number) * (3 * 16 * 16 + 1);
    expect(model.parameterCount + patchEmbedding).toBe(parameters);
  });
});

it('has the base encoder in the models called l-32', () => {
  for (const name of ['softvq-l-32', 'softvq-l-32-512'] as const) {
    expect(presets[name].encoder.width).toBe(768);
    expect(presets[name].decoder.width).toBe(1024);
  }
});

it('keeps 2048 numbers of every image', () => {
  for (const { latentTokens, latentWidth } of Object.values(presets)) {
    expect(latentTokens * latentWidth).toBe(2048);
  }
});
