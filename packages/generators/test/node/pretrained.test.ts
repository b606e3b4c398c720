import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ArgumentError,
  type Backend,
  cast,
  FileFormatError,
  type HostArray,
  StateDictError,
  setDefaultBackend,
  type Tensor,
  zeros,
} from '@softvq/core';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { torchCheckpoint } from '../../../tokenizer/test/node/torch-checkpoint.js';
import { DiT } from '../../src/dit.js';
import { MAR } from '../../src/mar/index.js';
import { fromPretrained, loadGenerator, savePretrained } from '../../src/node/index.js';
import type { LoadableGenerator } from '../../src/registry/index.js';
import { SiT } from '../../src/sit.js';
import { backends } from '../golden.js';
import { withOtherValues } from '../other-values.js';

const transformer = { width: 16, depth: 1, heads: 2 };
const makers = {
  SiT: () =>
    withOtherValues(new SiT({ ...transformer, latentShape: [4, 6], classes: 5, path: 'cosine', seed: 1 }), 2),
  'SiT on a grid': () =>
    withOtherValues(
      new SiT({ ...transformer, latentShape: [2, 4, 4], patchSize: 2, qkNorm: true, seed: 1 }),
      2,
    ),
  DiT: () =>
    withOtherValues(
      new DiT({ ...transformer, latentShape: [4, 6], classes: 5, schedule: 'cosine', seed: 1 }),
      2,
    ),
  MAR: () =>
    withOtherValues(
      new MAR({
        latentShape: [4, 6],
        encoder: transformer,
        decoder: transformer,
        head: { width: 12, depth: 1 },
        buffer: 2,
        classes: 5,
        headSteps: 3,
        seed: 1,
      }),
      2,
    ),
} as const;

let backend: Backend;
let folder: string;
beforeAll(async () => {
  backend = await backends[0][1]();
  setDefaultBackend(backend);
});
afterAll(() => backend.dispose());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-generators-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Images, every bit of them. */
async function imagesOf(generator: LoadableGenerator): Promise<HostArray> {
  for await (const event of generator.sample({ labels: [1, null], steps: 2, backend })) {
    if (event.type !== 'done') continue;
    const { data } = await event.latents.host();
    await generator.dispose();
    return data;
  }
  throw new Error('there was no last event');
}

async function writeWeights(tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const sources = Object.entries(tensors).map(([name, each]): [string, LazyTensor] => [
    name,
    { dtype: each.dtype, shape: each.shape as number[], read: () => each.host() },
  ]);
  await writeFileAtomic(join(folder, 'model.safetensors'), encodeSafetensors(sources));
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, each]) => [`${prefix}${name}`, each]));
}

describe.each(Object.entries(makers))('%s', (_, make) => {
  it('is the same to the bit after saving and loading, also onto itself and in shards', async () => {
    const original = make();
    const expected = await imagesOf(original);
    expect(new Set<unknown>(expected).size).toBeGreaterThan(10);
    await savePretrained(original, folder);
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    const loaded = await fromPretrained(folder);
    expect(loaded).toBeInstanceOf(original.constructor);
    expect(loaded).toMatchObject({ process: original.process });
    expect(await imagesOf(loaded)).toEqual(expected);

    const untouched = await fromPretrained(folder);
    await savePretrained(untouched, folder, { shardLimit: 20_000 });
    expect(await readdir(folder)).not.toContain('model.safetensors');
    expect(await readdir(folder)).toContain('model.safetensors.index.json');
    expect(await imagesOf(untouched)).toEqual(expected);
    expect(await imagesOf(await fromPretrained(folder))).toEqual(expected);

    await savePretrained(await fromPretrained(folder), folder);
    expect((await readdir(folder)).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(await imagesOf(await fromPretrained(folder))).toEqual(expected);
  });
});

describe('fromPretrained', () => {
  it.each([
    ['SiT', '0400000.pt', 'ema', 'model', 'module.'],
    ['DiT', '0400000.pt', 'ema', 'model', '_orig_mod.'],
    ['MAR', 'checkpoint-last.pth', 'model_ema', 'model', 'module._orig_mod.'],
  ] as const)('takes training checkpoints of %s, by the entry', async (kind, name, ema, raw, prefix) => {
    const generator = makers[kind]();
    const other = generator.with(
      Object.fromEntries(
        Object.entries(generator.parameters())
          .slice(0, 3)
          .map(([key, each]) => [key, each.mul(2)]),
      ),
    );
    await savePretrained(generator, folder);
    await rm(join(folder, 'model.safetensors'));
    const file = join(folder, name);
    await writeFile(
      file,
      await torchCheckpoint({ [raw]: prefixed(prefix, other.stateDict()), [ema]: generator.stateDict() }),
    );
    expect(await imagesOf(await fromPretrained(file, { entry: ema }))).toEqual(await imagesOf(generator));
    expect(await imagesOf(await fromPretrained(file, { entry: raw }))).toEqual(await imagesOf(other));
    await expect(fromPretrained(file)).rejects.toThrow(/choose one as the entry/);
    await expect(fromPretrained(file, { entry: 'best' })).rejects.toThrow(StateDictError);
  });

  it('takes wrapped names in safetensors, and a config in place of the file', async () => {
    const sit = makers.SiT();
    await savePretrained(sit, folder);
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object;
    await rm(join(folder, 'config.json'));
    await writeWeights(prefixed('module.', sit.stateDict()));
    expect(await imagesOf(await fromPretrained(folder, { config }))).toEqual(await imagesOf(sit));
    const file = join(folder, 'model.safetensors');
    expect(await imagesOf(await fromPretrained(file, { config }))).toEqual(await imagesOf(sit));
    await expect(fromPretrained(folder)).rejects.toThrow(
      /put it beside the weights, or pass it as an option/,
    );
  });

  it('widens half precision', async () => {
    const sit = makers.SiT();
    await savePretrained(sit, folder);
    const halves = Object.entries(sit.stateDict()).map(([name, each]) => [name, cast(each, 'float16')]);
    await writeWeights(Object.fromEntries(halves));
    const loaded = await loadGenerator(SiT, folder);
    expect(loaded.final_layer.linear.weight.dtype).toBe('float32');
  });

  it('says what it found when another generator was expected', async () => {
    await savePretrained(makers.DiT(), folder);
    expect(await loadGenerator(DiT, folder)).toBeInstanceOf(DiT);
    const loading = loadGenerator(SiT, folder);
    await expect(loading).rejects.toThrow(ArgumentError);
    await expect(loading).rejects.toThrow(/holds a DiT, not a SiT/);
  });

  it.each([
    ['missing', ({ pos_embed: _, ...rest }: Record<string, Tensor>) => rest, /1 missing.*pos_embed/],
    [
      'unexpected',
      (all: Record<string, Tensor>) => ({ ...all, 'blocks.1.attn.qkv.bias': zeros([48]) }),
      /1 not in the module: blocks\.1\.attn\.qkv\.bias/,
    ],
    [
      'misshapen',
      (all: Record<string, Tensor>) => ({ ...all, 'y_embedder.embedding_table.weight': zeros([5, 16]) }),
      /1 of another shape: y_embedder\.embedding_table\.weight \[5, 16\] for \[6, 16\]/,
    ],
  ])('refuses %s tensors', async (_, change, message) => {
    const sit = makers.SiT();
    await savePretrained(sit, folder);
    await writeWeights(change(sit.stateDict()));
    const loading = fromPretrained(folder);
    await expect(loading).rejects.toThrow(StateDictError);
    await expect(loading).rejects.toThrow(message);
  });

  it.each([
    ['is no JSON', '{"depth": ', /this is no JSON/],
    ['has unknown fields', '{"path_type": "edm", "depht": 1}', /unknown field "depht"/],
    ['says of nothing what it is', '{}', /set "_class_name"/],
  ])('names the config when it %s', async (_, text, message) => {
    await savePretrained(makers.SiT(), folder);
    const file = join(folder, 'config.json');
    await writeFile(file, text);
    const loading = fromPretrained(folder);
    await expect(loading).rejects.toThrow(FileFormatError);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({ file });
    await expect(loading).rejects.not.toThrow(/field\.ts|generator-config\.ts/);
  });

  it('refuses a source that is nothing', async () => {
    await expect(fromPretrained(join(folder, 'nowhere'))).rejects.toThrow(ArgumentError);
  });
});
