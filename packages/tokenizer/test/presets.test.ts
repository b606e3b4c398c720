import { readFile } from 'node:fs/promises';
import { memory, type Tensor, zeros } from '@softvq/core';
import { describe, expect, it } from 'vitest';
import {
  configOf,
  createTokenizer,
  MAETok,
  type MAETokPresetName,
  maetokPresets,
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
    expect(again.options).toMatchObject({ ...presets[name], normalized: true });
    expect(configOf(again)).toEqual(configOf(new SoftVQ(presets[name])));
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

describe.each([
  ['softvq-s-64', 'softvq-b-64'],
  ['softvq-s-32', 'softvq-b-32'],
] as const)('%s, which was not released', (name, sibling) => {
  it('has the names of its larger sibling and half of the widths', async () => {
    const { tensors } = await released(sibling);
    const { 'quantize.codebook_used': _, ...expected } = tensors;
    for (const key of ofDecoder) delete expected[key];
    const halved = Object.entries(expected).map(([key, shape]) => [
      key,
      // The pixels of a patch are 768 numbers, too.
      shape.map((size, axis) =>
        size % 768 === 0 && !(key.startsWith('decoder.to_pixel') && axis === 0) ? size / 2 : size,
      ),
    ]);
    const model = new SoftVQ(presets[name]);
    expect(shapesOf(model.stateDict())).toEqual(Object.fromEntries(halved));
    expect(Object.keys(model.stateDict())).toHaveLength(21 + 14 * 24);
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

/** The tensors of a transformer block, by the shapes that its width gives them. */
function blockShapes(width: number): Record<string, number[]> {
  return {
    'attn.qkv.weight': [3 * width, width],
    'attn.qkv.bias': [3 * width],
    'attn.proj.weight': [width, width],
    'attn.proj.bias': [width],
    'mlp.fc1.weight': [4 * width, width],
    'mlp.fc1.bias': [4 * width],
    'mlp.fc2.weight': [width, 4 * width],
    'mlp.fc2.bias': [width],
  };
}

function prefixed(prefix: string, tensors: Record<string, number[]>): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, shape]) => [`${prefix}${name}`, shape]));
}

function blocks(prefix: string, count: number, tensors: Record<string, number[]>): Record<string, number[]> {
  const all = Array.from({ length: count }, (_, i) => prefixed(`${prefix}${i}.`, tensors));
  return Object.assign({}, ...all) as Record<string, number[]>;
}

/** The tensors of a decoder whose norms are modulated by latents of a width. */
function modulatedDecoder(width: number, depth: number, tokens: number, latentWidth: number) {
  return {
    mask_token: [1, 1, width],
    latent_pos_embed: [1, tokens, width],
    freqs: [2, depth, width / 2],
    ...blocks('model.blocks.', depth, {
      ...blockShapes(width),
      'adaLN_modulation.1.weight': [4 * width, latentWidth],
      'adaLN_modulation.1.bias': [4 * width],
    }),
    'model.norm.adaLN_modulation.1.weight': [2 * width, latentWidth],
    'model.norm.adaLN_modulation.1.bias': [2 * width],
  };
}

/** The tensors of an encoder with layer scales, rotary positions and a mask token. */
function maskedEncoder(width: number, depth: number, tokens: number, patches: number) {
  return {
    latent_tokens: [1, tokens, width],
    latent_pos_embed: [1, tokens, width],
    mask_token: [1, 1, width],
    freqs: [2, depth, width / 2],
    'model.cls_token': [1, 1, width],
    'model.pos_embed': [1, 1 + patches, width],
    'model.patch_embed.proj.weight': [width, 3, 16, 16],
    'model.patch_embed.proj.bias': [width],
    ...blocks('model.blocks.', depth, {
      ...blockShapes(width),
      'norm1.weight': [width],
      'norm1.bias': [width],
      'ls1.gamma': [width],
      'norm2.weight': [width],
      'norm2.bias': [width],
      'ls2.gamma': [width],
    }),
    'model.norm.weight': [width],
    'model.norm.bias': [width],
  };
}

describe.each([
  ['maetok-b-128', 256],
  ['maetok-b-512', 1024],
] as const)('%s', (name: MAETokPresetName, patches) => {
  const expected = {
    ...prefixed('encoder.', maskedEncoder(768, 12, 128, patches)),
    'quant_conv.weight': [32, 768],
    'quant_conv.bias': [32],
    'post_quant_conv.weight': [768, 32],
    'post_quant_conv.bias': [768],
    ...prefixed('decoder.', modulatedDecoder(768, 12, 128, 32)),
    'decoder.to_pixel.model.weight': [768, 768],
    'decoder.to_pixel.model.bias': [768],
  };

  it('has the names and shapes of the official model', () => {
    const model = new MAETok(maetokPresets[name]);
    expect(shapesOf(model.stateDict())).toEqual(expected);
    const counts = Object.values(expected).map((shape) => shape.reduce((product, size) => product * size, 1));
    expect(model.parameterCount).toBe(counts.reduce((sum, count) => sum + count, 0));
    expect(configOf(createTokenizer(configOf(model)))).toEqual(configOf(model));
  });

  it('takes training checkpoints with and without auxiliary decoders', () => {
    const decoders = ['hog', 'dino', 'clip'].flatMap((feature, i) => {
      const width = [108, 1024, 1152][i]!;
      return Object.entries({
        ...prefixed(`decoder_${feature}.`, modulatedDecoder(192, 3, 128, 32)),
        [`decoder_${feature}.model.cls_token`]: [1, 1, 192],
        [`decoder_${feature}.model.pos_embed`]: [1, 1 + patches, 192],
        [`decoder_${feature}.model.patch_embed.proj.weight`]: [192, 3, 16, 16],
        [`decoder_${feature}.freqs_t_x`]: [patches],
        [`post_quant_conv_${feature}.weight`]: [192, 32],
        [`post_quant_conv_${feature}.bias`]: [192],
        [`to_pixel_${feature}.weight`]: [width, 192],
        [`to_pixel_${feature}.bias`]: [width],
      });
    });
    const besides = {
      'encoder.freqs_t_x': [patches],
      'encoder.freqs_t_y': [patches],
      'decoder.freqs_t_x': [patches],
      'decoder.model.pos_embed': [1, 1 + patches, 768],
      'decoder.model.patch_embed.proj.bias': [768],
      'repa_model.cls_token': [1, 1, 1024],
      'clip_model.pos_embed': [1, patches, 1152],
      'hog_generator.weight_x': [3, 1, 3, 3],
      'projection.0.weight': [1024, 32],
    };
    const shapes = { ...expected, ...besides, ...Object.fromEntries(decoders) };
    const tensors = Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, zeros(shape)]));
    const plain = new MAETok(maetokPresets[name]);
    expect(plain.loadStateDict(tensors).loaded).toHaveLength(Object.keys(expected).length);
    const trained = new MAETok({
      ...maetokPresets[name],
      auxiliary: { features: ['hog', 'dino', 'clip'] },
    });
    const report = trained.loadStateDict(tensors);
    const unused = decoders.filter(
      ([key]) => /pos_embed|patch_embed|freqs_t/.test(key) && !/latent/.test(key),
    );
    expect(report.loaded).toHaveLength(Object.keys(expected).length + decoders.length - unused.length);
  });
});
