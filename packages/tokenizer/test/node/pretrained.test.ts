import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpu } from '@softvq/backends/cpu';
import {
  type Backend,
  cast,
  compile,
  DisposedError,
  FileFormatError,
  type HostArray,
  StateDictError,
  setDefaultBackend,
  type Tensor,
  type Tokenizer,
  tensor,
  zeros,
} from '@softvq/core';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { openCheckpoint, writeFileAtomic } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AE,
  type AnyTokenizer,
  ConvolutionalKL,
  ConvolutionalVQ,
  KL,
  MAETok,
  SoftVQ,
  VQ,
} from '../../src/index.js';
import { fromPretrained, loadTokenizer, savePretrained } from '../../src/node/index.js';
import { torchCheckpoint } from './torch-checkpoint.js';

const trunk = { width: 16, depth: 2, heads: 2 };
const shared = {
  imageSize: 16,
  patchSize: 8,
  latentTokens: 4,
  latentWidth: 6,
  encoder: trunk,
  decoder: { ...trunk, depth: 1 },
  latentStatistics: { mean: -0.1, std: 0.7 },
  seed: 3,
};
const softvqOptions = { ...shared, codebooks: 2, codebookSize: 8, temperature: 0.1 };
const convolutional = {
  imageSize: 16,
  channels: 32,
  multipliers: [1, 2],
  residualBlocks: 1,
  encodedChannels: 8,
  latentChannels: 3,
  latentStatistics: { mean: -0.1, std: 0.7 },
  seed: 3,
};
const makers: readonly (readonly [string, () => AnyTokenizer])[] = [
  ['SoftVQ', () => new SoftVQ(softvqOptions)],
  ['SoftVQ without normalisation', () => new SoftVQ({ ...softvqOptions, normalized: false })],
  ['SoftVQ with mixed rotation', () => new SoftVQ({ ...softvqOptions, rotary: { kind: 'mixed' } })],
  ['SoftVQ with axial rotation', () => new SoftVQ({ ...softvqOptions, rotary: { kind: 'axial', base: 50 } })],
  ['VQ', () => new VQ({ ...shared, codebookSize: 8 })],
  ['KL', () => new KL(shared)],
  ['AE', () => new AE(shared)],
  ['AE with a convolutional pixel head', () => new AE({ ...shared, patchSize: 16, pixelHead: 'conv' })],
  ['AE with a sine pixel head', () => new AE({ ...shared, patchSize: 4, pixelHead: 'siren' })],
  [
    'MAETok',
    () =>
      new MAETok({
        ...shared,
        decoder: { ...trunk, modulated: true },
        decoderClassToken: false,
        decoderDropPath: 0.05,
        rotary: { kind: 'mixed' },
        masking: { least: 0.4, most: 0.6 },
        auxiliary: {
          features: ['hog', 'dino', 'clip'],
          trunk: { ...trunk, modulated: true },
          classToken: false,
        },
      }),
  ],
  ['ConvolutionalKL', () => new ConvolutionalKL(convolutional)],
  ['ConvolutionalVQ', () => new ConvolutionalVQ({ ...convolutional, codebookSize: 8, normalized: false })],
];
const images = tensor(new RandomStream({ seed: 1, name: 'images' }).uniform(2 * 768, { low: -1 }), {
  shape: [2, 3, 16, 16],
});

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await cpu();
  setDefaultBackend(backend);
});
afterAll(() => backend.dispose());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-tokenizer-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Latents and images, every bit of them. */
async function outputs(tokenizer: Tokenizer): Promise<HostArray[]> {
  const run = compile(
    ({ x }: { x: Tensor }) => {
      const normalized = tokenizer.encodeNormalized(x);
      return [normalized, tokenizer.decodeNormalized(normalized)];
    },
    { backend },
  );
  return Promise.all((await run({ x: images })).map(async (result) => (await result.host()).data));
}

/** Writes tensors beside the config that is there. */
async function writeWeights(tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const sources = Object.entries(tensors).map(([name, each]): [string, LazyTensor] => [
    name,
    { dtype: each.dtype, shape: each.shape as number[], read: () => each.host() },
  ]);
  await writeFileAtomic(join(folder, 'model.safetensors'), encodeSafetensors(sources));
}

async function changeConfig(change: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
}

describe.each(makers)('%s', (_, make) => {
  it('is the same to the bit after saving and loading, also onto itself', async () => {
    const original = make();
    const expected = await outputs(original);
    await savePretrained(original, folder);
    const loaded = await fromPretrained(folder);
    expect(loaded).toBeInstanceOf(original.constructor);
    expect(await outputs(loaded)).toEqual(expected);

    const untouched = await fromPretrained(folder);
    await savePretrained(untouched, folder);
    expect(await outputs(untouched)).toEqual(expected);
    expect(await outputs(await fromPretrained(folder))).toEqual(expected);
  });
});

describe('savePretrained', () => {
  it('writes the layout of the hub', async () => {
    const tokenizer = new SoftVQ(softvqOptions);
    await savePretrained(tokenizer, join(folder, 'new', 'folder'));
    expect(await readdir(join(folder, 'new', 'folder'))).toEqual(['config.json', 'model.safetensors']);
    const { tensors, metadata } = await openCheckpoint(join(folder, 'new', 'folder'));
    expect([...tensors.keys()].sort()).toEqual(Object.keys(tokenizer.stateDict()).sort());
    expect({ ...metadata }).toEqual({ format: 'pt' });
    const text = await readFile(join(folder, 'new', 'folder', 'config.json'), 'utf8');
    const config = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(config)).toEqual(Object.keys(config).sort());
    expect(text).toBe(`${JSON.stringify(config, undefined, 2)}\n`);
    expect(config).toMatchObject({ tau: 0.1, num_codebooks: 2, vq_mean: -0.1, vq_std: 0.7 });
  });

  it('leaves what was there when it fails', async () => {
    await savePretrained(new SoftVQ(softvqOptions), folder);
    const before = await readFile(join(folder, 'model.safetensors'));
    const broken = new SoftVQ({ ...softvqOptions, seed: 4 });
    broken.post_quant_conv.weight.dispose();
    await expect(savePretrained(broken, folder)).rejects.toThrow(DisposedError);
    expect(await readFile(join(folder, 'model.safetensors'))).toEqual(before);
    expect(await readdir(folder)).toEqual(['config.json', 'model.safetensors']);
  });
});

describe('weights above the limit', () => {
  const index = 'model.safetensors.index.json';
  const shards = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) => `model-${`${i + 1}`.padStart(5, '0')}-of-0000${count}.safetensors`,
    );

  it('become shards with an index, which loading reads', async () => {
    const tokenizer = new SoftVQ(softvqOptions);
    const expected = await outputs(tokenizer);
    const bytes = 4 * tokenizer.parameterCount;
    await savePretrained(tokenizer, folder, { shardLimit: Math.ceil(bytes / 3) + 4096 });
    expect(await readdir(folder)).toEqual(['config.json', ...shards(3), index]);
    const { metadata, weight_map } = JSON.parse(await readFile(join(folder, index), 'utf8')) as {
      metadata: { total_size: number };
      weight_map: Record<string, string>;
    };
    expect(metadata.total_size).toBe(bytes);
    expect(Object.keys(weight_map).sort()).toEqual(Object.keys(tokenizer.stateDict()).sort());
    expect(await outputs(await fromPretrained(folder))).toEqual(expected);
  });

  it('replace whatever was there, also what they still lie in', async () => {
    const tokenizer = new SoftVQ(softvqOptions);
    const expected = await outputs(tokenizer);
    const bytes = 4 * tokenizer.parameterCount;
    for (const shardLimit of [bytes, bytes * 0.6, bytes * 0.4, bytes * 0.55, bytes]) {
      await savePretrained(await fromPretrained(await saved(tokenizer)), folder, { shardLimit });
      // What was just opened lies in these very files.
      const untouched = await fromPretrained(folder);
      await savePretrained(untouched, folder, { shardLimit: shardLimit * 0.9 });
      expect(await outputs(untouched)).toEqual(expected);
      expect(await outputs(await fromPretrained(folder))).toEqual(expected);
      const files = await readdir(folder);
      const weights = files.filter((name) => name.endsWith('.safetensors'));
      expect(files.includes(index)).toBe(weights.length > 1);
      expect(weights).toEqual(weights.length > 1 ? shards(weights.length) : ['model.safetensors']);
    }
  });

  it('leave what was there when they cannot be written', async () => {
    await savePretrained(new SoftVQ(softvqOptions), folder, { shardLimit: 4096 });
    const before = await readdir(folder);
    const broken = new SoftVQ({ ...softvqOptions, seed: 4 });
    broken.post_quant_conv.weight.dispose();
    await expect(savePretrained(broken, folder, { shardLimit: 9000 })).rejects.toThrow(DisposedError);
    expect(await readdir(folder)).toEqual(before);
    const expected = await outputs(new SoftVQ(softvqOptions));
    expect(await outputs(await fromPretrained(folder))).toEqual(expected);
    await expect(savePretrained(new SoftVQ(softvqOptions), folder, { shardLimit: 0 })).rejects.toThrow(
      /limit of a shard must be positive/,
    );
  });

  async function saved(tokenizer: AnyTokenizer): Promise<string> {
    const elsewhere = join(folder, 'elsewhere');
    await savePretrained(tokenizer, elsewhere);
    return elsewhere;
  }
});

describe('fromPretrained', () => {
  const tokenizer = new SoftVQ(softvqOptions);
  let expected: HostArray[];
  beforeEach(async () => {
    expected = await outputs(tokenizer);
    await savePretrained(tokenizer, folder);
  });

  it('takes a file of weights, a config at hand, and what official files have besides', async () => {
    const named = Object.entries(tokenizer.stateDict()).map(([name, each]) => [
      `module._orig_mod.${name}`,
      each,
    ]);
    await writeWeights({
      ...Object.fromEntries(named),
      'module._orig_mod.quantize.codebook_used': zeros([2, 65536]),
      'module._orig_mod.repa_model.cls_token': zeros([1, 1, 8]),
      'module._orig_mod.projection.0.weight': zeros([8, 6]),
      'module._orig_mod.decoder.model.patch_embed.proj.bias': zeros([16]),
    });
    expect(await outputs(await fromPretrained(join(folder, 'model.safetensors')))).toEqual(expected);
  });

  it('takes training checkpoints, by the entry', async () => {
    const ema = tokenizer.stateDict();
    const model = new SoftVQ({ ...softvqOptions, seed: 4 }).stateDict();
    const prefixed = Object.fromEntries(
      Object.entries(model).map(([name, each]) => [`module.${name}`, each]),
    );
    const file = join(folder, '0001000.pt');
    await writeFile(file, await torchCheckpoint({ model: prefixed, ema }));
    expect(await outputs(await fromPretrained(file, { entry: 'ema' }))).toEqual(expected);
    const raw = await outputs(await fromPretrained(file, { entry: 'model' }));
    expect(raw).toEqual(await outputs(new SoftVQ({ ...softvqOptions, seed: 4 })));
    await expect(fromPretrained(file)).rejects.toThrow(/choose one as the entry: "model", "ema"/);
  });

  it('widens half precision', async () => {
    const halves = Object.entries(tokenizer.stateDict()).map(([name, each]) => [name, cast(each, 'float16')]);
    await writeWeights(Object.fromEntries(halves));
    const loaded = await loadTokenizer(SoftVQ, folder);
    expect(loaded.quant_conv.weight.dtype).toBe('float32');
    await expect(loadTokenizer(VQ, folder)).rejects.toThrow(`${folder} holds a SoftVQ, not a VQ`);
    const [latents] = await outputs(loaded);
    expect(Number(latents![0])).toBeCloseTo(Number(expected[0]![0]), 1);
  });

  it.each([
    [
      'missing',
      ({ 'quant_conv.weight': _, ...rest }: Record<string, Tensor>) => rest,
      /1 missing from the dictionary: quant_conv\.weight/,
    ],
    [
      'unexpected',
      (all: Record<string, Tensor>) => ({ ...all, 'encoder.model.reg_token': zeros([1, 4, 16]) }),
      /1 not in the module: encoder\.model\.reg_token/,
    ],
    [
      'misshapen',
      (all: Record<string, Tensor>) => ({ ...all, 'quant_conv.bias': zeros([5]) }),
      /1 of another shape: quant_conv\.bias \[5\] for \[6\]/,
    ],
  ])('refuses %s tensors', async (_, change, message) => {
    await writeWeights(change(tokenizer.stateDict()));
    const loading = fromPretrained(folder);
    await expect(loading).rejects.toThrow(StateDictError);
    await expect(loading).rejects.toThrow(message);
  });

  it('refuses weights of another config', async () => {
    await changeConfig({ num_latent_tokens: 6 });
    await expect(fromPretrained(folder)).rejects.toThrow(StateDictError);
  });

  it.each([
    ['is missing', (file: string) => rm(file), /put it beside the weights, or pass it as an option/],
    ['is no JSON', (file: string) => writeFile(file, '{"tau": '), /this is no JSON/],
    ['contradicts itself', () => changeConfig({ vq_std: null }), /"vq_mean" and "vq_std" belong together/],
    ['has unknown fields', () => changeConfig({ codebook_count: 4 }), /unknown field "codebook_count"/],
  ])('names the config when it %s', async (_, spoil, message) => {
    const file = join(folder, 'config.json');
    await spoil(file);
    const loading = fromPretrained(folder);
    await expect(loading).rejects.toThrow(FileFormatError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({ file });
    // Where the parser threw means nothing to who reads it.
    await expect(loading).rejects.not.toThrow(/tokenizer-config/);
  });
});
