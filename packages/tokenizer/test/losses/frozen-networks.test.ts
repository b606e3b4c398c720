import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, type Tensor, tensor } from '@softvq/core';
import { encodeSafetensors } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DinoFeatures, DinoV2Features, dinoFromWeights, dinoV2FromWeights } from '../../src/losses/index.js';
import { loadDino, loadDinoV2Features, loadLpips } from '../../src/node/index.js';
import { torchCheckpoint } from '../node/torch-checkpoint.js';
import { describeOnBackends, expectClose, ofValues } from './golden.js';
import { lpipsHashWeights } from './hash-weights.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frozen-'));
});
afterAll(() => rm(folder, { recursive: true }));

const size = { width: 64, depth: 2, heads: 1 };

async function written(name: string, tensors: Iterable<readonly [string, Tensor]>): Promise<string> {
  const path = join(folder, name);
  const hosts = await Promise.all(
    [...tensors].map(
      async ([key, each]) => [key, await each.host()] as [string, Awaited<ReturnType<Tensor['host']>>],
    ),
  );
  await writeFileAtomic(path, encodeSafetensors(hosts));
  return path;
}

/** The names of a network as DINOv2's files have them: without `model.`. */
function published(network: DinoV2Features): [string, Tensor][] {
  return Object.entries(network.stateDict()).map(([name, each]) => [name.replace(/^model\./, ''), each]);
}

describeOnBackends((backend) => {
  it('gives the patches of DINOv2 without its class token, from normalised images', async () => {
    const network = new DinoV2Features({ ...size, imageSize: 32 });
    const numbers = new RandomStream({ seed: 1, name: 'images' }).uniform(2 * 3 * 32 * 32, {
      low: -1,
      high: 1,
    });
    const images = tensor(numbers, { shape: [2, 3, 32, 32] });
    const run = compile(
      () => {
        const { model } = network;
        const channels = [
          [0.485, 0.229],
          [0.456, 0.224],
          [0.406, 0.225],
        ] as const;
        const ofChannel = (place: 0 | 1): Tensor =>
          tensor(
            channels.map((each) => each[place]),
            { shape: [3, 1, 1] },
          );
        const normalised = images.add(1).div(2).sub(ofChannel(0)).div(ofChannel(1));
        const tokens = model.forward(model.placed(model.patch_embed.forward(normalised)));
        return { ours: network.forward(images), expected: tokens.slice([null, { start: 1, stop: 5 }]) };
      },
      { backend: backend() },
    );
    const { ours, expected } = await run({});
    expect(ours.shape).toEqual([2, 4, 64]);
    await expectClose('patches', ours, expected, ofValues);
    await run.dispose();
  });
});

it('finds the size of DINOv2 in its weights, keeps those that fit, and resizes the others', async () => {
  const original = new DinoV2Features({
    ...size,
    imageSize: 56,
    patchSize: 14,
    random: new RandomStream({ seed: 9, name: 'x' }),
  });
  const same = dinoV2FromWeights(new Map(published(original)), { imageSize: 56, patchSize: 14 });
  expect(same.model.blocks).toHaveLength(2);
  expect(same.width).toBe(64);
  expect(same.stateDict()).toEqual(original.stateDict());
  expect(same.parameters()).toEqual({});
  const path = await written('dinov2.safetensors', published(original));
  const resized = await loadDinoV2Features(path, { imageSize: 32 });
  expect(resized.model.patch_embed.proj.weight.shape).toEqual([64, 3, 16, 16]);
  expect(resized.model.pos_embed!.shape).toEqual([1, 5, 64]);
  const [ours, theirs] = [resized, original].map(({ model }) => model.blocks[1]!.mlp.fc1.weight);
  expect(await ours!.data()).toEqual(await theirs!.data());
});

it('loads DINO from PyTorch and from safetensors alike', async () => {
  const options = { width: 8, depth: 1, heads: 2, readouts: [0] };
  const original = new DinoFeatures({ ...options, random: new RandomStream({ seed: 5, name: 'dino' }) });
  const names = Object.entries(original.stateDict());
  const safetensors = await loadDino(await written('dino.safetensors', names), options);
  const file = join(folder, 'dino.pth');
  await writeFile(file, await torchCheckpoint({ model: original.stateDict() }));
  const pytorch = await loadDino(file, options);
  for (const loaded of [safetensors, pytorch]) {
    for (const [name, each] of names)
      expect(await loaded.stateDict()[name]!.data()).toEqual(await each.data());
  }
});

it('loads LPIPS from one file or from two', async () => {
  const weights = [...lpipsHashWeights()];
  const isHead = ([name]: readonly [string, Tensor]): boolean => name.startsWith('lin');
  const vgg = await written(
    'vgg16.safetensors',
    weights.filter((each) => !isHead(each)),
  );
  const heads = await written('heads.safetensors', weights.filter(isHead));
  const both = await loadLpips({ vgg, heads });
  const weight = both.stateDict()['lin2.model.1.weight']!;
  expect(await weight.data()).toEqual(await new Map(weights).get('lin2.model.1.weight')!.data());
  await expect(loadLpips({ vgg })).rejects.toThrow(/PerceptualSimilarity.*missing: lin0/);
});

it('says where to get what is missing', async () => {
  const absent = join(folder, 'absent.pth');
  await expect(loadDino(absent)).rejects.toThrow(
    /absent\.pth.*dl\.fbaipublicfiles\.com\/dino\/dino_deitsmall16/,
  );
  await expect(loadDinoV2Features(absent, { imageSize: 32 })).rejects.toThrow(/dinov2_vitl14_pretrain\.pth/);
  await expect(loadLpips({ vgg: absent })).rejects.toThrow(/vgg16-397923af\.pth/);
  expect(() => dinoFromWeights({})).toThrow(/dino_deitsmall16_pretrain\.pth.*missing: cls_token/s);
  expect(() => dinoV2FromWeights(new Map(), { imageSize: 32 })).toThrow(
    /dinov2_vitl14_pretrain.*no class token/,
  );
  const registers = new Map(published(new DinoV2Features({ ...size, imageSize: 32 })));
  registers.set('register_tokens', tensor(new Float32Array(4 * 64), { shape: [1, 4, 64] }));
  expect(() => dinoV2FromWeights(registers, { imageSize: 32 })).toThrow(/register_tokens/);
});
