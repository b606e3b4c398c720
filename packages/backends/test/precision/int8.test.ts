import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Backend,
  BackendError,
  compile,
  fromHost,
  fromStored,
  linear,
  type Precision,
  relu,
  type Tensor,
  withCompiled,
} from '@softvq/core';
import { encodeSafetensors, type StoredTensor } from '@softvq/core/io';
import { TransformerBlock } from '@softvq/core/nn';
import { openCheckpoint, openFile, writeFileAtomic } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '../../src/cpu/index.js';
import { tfjs } from '../../src/tfjs/index.js';
import { wasm } from '../../src/wasm/node/index.js';
import { relativeError } from '../golden/relative-error.js';
import { openSoftVQGolden } from '../golden/softvq.js';
import { residentMemory } from '../resident-memory.js';

const random = new RandomStream({ seed: 8, name: 'int8' });
const golden = new URL('../../../../fixtures/golden/tokenizer/softvq.safetensors', import.meta.url).pathname;

/** Of a linear layer on normal numbers: half a step of 1/127 of the peak for weights, 1/255 of the range for inputs. */
const layerBound = 0.02;
/** Of a whole tokenizer with all its linear layers quantized. */
const tokenizerBound = 0.05;

function randomTensor(name: string, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return fromHost({ dtype: 'float32', shape, data: random.child(name).normal(count) });
}

interface Input {
  readonly x: Tensor;
}

/** The result of a function in a precision and in float32. */
async function both(
  backend: Backend,
  fn: (input: Input) => Tensor,
  x: Tensor,
  precision: Precision = 'int8',
  names: Record<string, Tensor> = {},
): Promise<[Tensor, Tensor]> {
  const run = (options: { precision?: Precision }) =>
    withCompiled(fn, { backend, names, ...options }, (compiled) => compiled({ x }));
  return [await run({ precision }), await run({})];
}

describe.each([
  ['cpu', () => cpu({ threads: 1 })],
  ['wasm', () => wasm({ threads: 1 })],
] as const)('int8 on %s', (_, createBackend) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend();
  });
  afterAll(() => backend.dispose());

  it('is declared', () => expect(backend.capabilities.precisions).toEqual(['int8']));

  it.each([
    [[40, 96], 64],
    [[2, 7, 33], 50],
    [[128], 16],
    [[3, 1], 5],
  ] as const)('multiplies %j by a random weight within the bound', async (shape, outputs) => {
    const weight = randomTensor('weight', [outputs, shape.at(-1)!]);
    const bias = randomTensor('bias', [outputs]);
    const x = randomTensor('x', shape);
    for (const fn of [
      ({ x }: Input) => linear(x, weight, bias),
      ({ x }: Input) => relu(linear(x, weight)).mul(2),
    ]) {
      const [quantized, exact] = await both(backend, fn, x);
      expect(quantized.shape).toEqual(exact.shape);
      const error = await relativeError(quantized, exact);
      expect(error).toBeGreaterThan(0);
      expect(error).toBeLessThan(layerBound);
    }
  });

  it('serves symbolic sizes with one compilation', async () => {
    const weight = randomTensor('weight', [12, 24]);
    const options = { backend, precision: 'int8', dynamic: { x: ['batch'] } } as const;
    await withCompiled(
      ({ x }: Input) => linear(x, weight),
      options,
      async (run) => {
        for (const batch of [1, 5, 0]) {
          const x = randomTensor('x', [batch, 3, 24]);
          const exact = await withCompiled(
            ({ x }: Input) => linear(x, weight),
            { backend },
            (f) => f({ x }),
          );
          const result = await run({ x });
          expect(result.shape).toEqual([batch, 3, 12]);
          expect(await relativeError(result, exact)).toBeLessThan(layerBound);
        }
        expect(run.compilations).toBe(1);
      },
    );
  });

  it('leaves what is kept exactly in float32', async () => {
    const block = new TransformerBlock(24, { heads: 3, random: random.child('block') });
    const fn = ({ x }: Input) => block.forward(x);
    const x = randomTensor('tokens', [2, 5, 24]);
    const [kept, exact] = await both(
      backend,
      fn,
      x,
      { compute: 'int8', keep: ['attn', /^mlp/] },
      block.stateDict(),
    );
    expect(await kept.data()).toEqual(await exact.data());
    const [partly] = await both(backend, fn, x, { compute: 'int8', keep: ['attn'] }, block.stateDict());
    const [fully] = await both(backend, fn, x);
    const [few, all] = [await relativeError(partly, exact), await relativeError(fully, exact)];
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThan(all);
  });

  it('draws the golden image within the bound', async () => {
    const { model, images, stored } = await openSoftVQGolden(await openFile(golden));
    const fn = ({ images }: { images: Tensor }) => {
      const { latents } = model.quantized(images);
      return { latents, image: model.decode(latents) };
    };
    const options = { backend, precision: 'int8' } as const;
    const { latents, image } = await withCompiled(fn, options, (run) => run({ images }));
    expect(await relativeError(latents, stored('output.latent'))).toBeLessThan(tokenizerBound);
    const error = await relativeError(image, stored('output.image'));
    expect(error).toBeGreaterThan(1e-4);
    expect(error).toBeLessThan(tokenizerBound);
  });
});

describe('int8 weights of a file', () => {
  const layers = 24;
  const width = 1024;
  const megabyte = 2 ** 20;
  let folder: string;
  let path: string;
  let backend: Backend;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'softvq-'));
    path = join(folder, 'model.safetensors');
    const data = random.child('layers').uniform(width * width);
    const entries = Array.from(
      { length: layers },
      (_, i) => [`layers.${i}`, { dtype: 'float32', shape: [width, width], data }] as const,
    );
    const head = {
      dtype: 'float32',
      shape: [8, width],
      data: random.child('head').normal(8 * width),
    } as const;
    await writeFileAtomic(path, encodeSafetensors([...entries, ['head', head]]));
    backend = await cpu({ threads: 1 });
  });
  afterAll(async () => {
    await backend.dispose();
    await rm(folder, { recursive: true });
  });

  /** A network on tensors of the file, noting how many are being read at once. */
  async function openNetwork() {
    const { tensors } = await openCheckpoint(path);
    const open = { now: 0, most: 0, reads: 0 };
    const watched = (stored: StoredTensor): Tensor =>
      fromStored({
        ...stored,
        read: async () => {
          open.now += 1;
          open.reads += 1;
          open.most = Math.max(open.most, open.now);
          const host = await stored.read();
          open.now -= 1;
          return host;
        },
      });
    const names = Object.fromEntries([...tensors].map(([name, stored]) => [name, watched(stored)]));
    const forward = ({ x }: Input): Tensor => {
      let hidden = x;
      for (let i = 0; i < layers; i++) hidden = linear(hidden, names[`layers.${i}`]!).mul(1 / width);
      return linear(hidden, names['head']!);
    };
    return { names, forward, open };
  }

  it('are read and quantized one after the other', async () => {
    const { names, forward, open } = await openNetwork();
    const [quantized, exact] = await both(backend, forward, randomTensor('x', [2, width]), 'int8', names);
    expect(await relativeError(quantized, exact)).toBeLessThan(2 * layerBound);
    expect(open).toEqual({ now: 0, most: 1, reads: layers + 1 });
  });

  it('are read beside kept ones that are mapped', async () => {
    const { names, forward, open } = await openNetwork();
    const precision = { compute: 'int8', keep: [/^layers/] } as const;
    const [quantized, exact] = await both(backend, forward, randomTensor('x', [2, width]), precision, names);
    expect(await relativeError(quantized, exact)).toBeLessThan(layerBound);
    expect(open).toEqual({ now: 0, most: 1, reads: 1 });
  });

  it('take a fraction of the memory of float32 weights', async () => {
    const x = randomTensor('x', [1, width]);
    // Several at once, so that what allocators keep for later is little beside the weights.
    const copies = 4;
    const before = await residentMemory();
    const compiled = [];
    for (let i = 0; i < copies; i++) {
      const { names, forward } = await openNetwork();
      const int8 = compile(forward, { backend, names, precision: 'int8' });
      await (await int8({ x })).data();
      compiled.push(int8);
    }
    const taken = ((await residentMemory()) - before) / megabyte;
    const asFloats = (copies * layers * width * width * 4) / megabyte;
    console.info(
      `resident memory grew by ${taken.toFixed(0)} MB; as float32 the weights are ${asFloats.toFixed(0)} MB`,
    );
    expect(taken).toBeLessThan(0.6 * asFloats);
    for (const int8 of compiled) await int8.dispose();
  });
});

describe('int8 elsewhere', () => {
  it('is an error that says where it is to be had', async () => {
    const backend = await tfjs({ device: 'cpu' });
    const weight = randomTensor('weight', [2, 2]);
    const run = compile(({ x }: Input) => linear(x, weight), { backend, precision: 'int8' });
    await expect(run({ x: randomTensor('x', [1, 2]) })).rejects.toThrow(BackendError);
    await expect(run({ x: randomTensor('x', [1, 2]) })).rejects.toThrow(
      'the tfjs backend has no int8 products, which the cpu and wasm backends have',
    );
    await backend.dispose();
  });
});
