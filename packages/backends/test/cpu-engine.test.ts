import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BackendError,
  compile,
  float32ToFloat16,
  fromHost,
  fromStored,
  linear,
  ShapeError,
  type Tensor,
  tensor,
} from '@softvq/core';
import { encodeSafetensors, type StoredTensor } from '@softvq/core/io';
import { Linear } from '@softvq/core/nn';
import { openCheckpoint, openFile, writeFileAtomic } from '@softvq/core/node';
import { RandomStream } from '@softvq/core/random';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpu } from '../src/cpu/index.js';
import { mapConstants } from '../src/cpu/mapped-constants.js';

const random = new RandomStream({ seed: 4, name: 'engine' });

describe('constants of a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'softvq-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function writeWeights(name: string): Promise<string> {
    const path = join(folder, name);
    await writeFileAtomic(
      path,
      encodeSafetensors([
        ['odd', { dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['weight', { dtype: 'float32', shape: [64, 80], data: random.child(name).normal(64 * 80) }],
        ['half', { dtype: 'float16', shape: [2, 80], data: new Uint16Array(160).fill(0x3c00) }],
      ]),
    );
    return path;
  }

  it('are mapped by the engine and give what the same elements in memory give', async () => {
    const backend = await cpu({ threads: 1 });
    const { tensors } = await openCheckpoint(await writeWeights('a.safetensors'));
    const stored = tensors.get('weight')!;
    const x = fromHost({ dtype: 'float32', shape: [3, 80], data: random.child('x').normal(240) });
    const mapped = fromStored(stored);
    const inMemory = fromHost(await stored.read());
    const product = (weight: Tensor) =>
      compile((input: { x: Tensor }) => linear(input.x, weight), { backend });
    const [a, b] = [await product(mapped)({ x }), await product(inMemory)({ x })];
    expect(await a.data()).toEqual(await b.data());
    const graph = await product(mapped).graph({ x });
    const constants = mapConstants(graph);
    expect(constants?.folder).toBe(folder);
    expect(constants?.locate(stored)).toEqual({
      location: 'a.safetensors',
      offset: stored.range!.offset,
      length: 64 * 80 * 4,
    });
    await backend.dispose();
  });

  it.each(['float16', 'bfloat16'] as const)(
    'of %s are mapped and widened by the engine',
    async (storedAs) => {
      const backend = await cpu({ threads: 1 });
      const path = join(folder, 'half.bin');
      // 1, -2, 0.5 and so on are the same numbers in both types, in other bits.
      const numbers = Array.from({ length: 64 * 80 }, (_, i) => (i % 2 === 0 ? 1 : -1) * 2 ** ((i % 9) - 4));
      const bits =
        storedAs === 'float16'
          ? float32ToFloat16(Float32Array.from(numbers))
          : new Uint16Array(Float32Array.from(numbers).buffer).filter((_, i) => i % 2 === 1);
      await writeFileAtomic(path, [new Uint8Array(7), new Uint8Array(bits.buffer)]);
      let reads = 0;
      const stored: StoredTensor = {
        dtype: 'float32',
        storedAs,
        shape: [64, 80],
        range: { source: await openFile(path), offset: 7, length: 2 * numbers.length },
        read: async () => {
          reads += 1;
          return { dtype: 'float32', shape: [64, 80], data: Float32Array.from(numbers) };
        },
      };
      const weight = fromStored(stored);
      const x = fromHost({ dtype: 'float32', shape: [3, 80], data: random.child('x').normal(240) });
      const product = compile((input: { x: Tensor }) => linear(input.x, weight), { backend });
      const mapped = await (await product({ x })).data();
      expect(reads).toBe(0);
      const read = fromHost(await stored.read());
      const expected = compile((input: { x: Tensor }) => linear(input.x, read), { backend });
      expect(mapped).toEqual(await (await expected({ x })).data());
      await backend.dispose();
    },
  );

  it('of half precision stay mapped when a module loads them', async () => {
    const backend = await cpu({ threads: 1 });
    const { tensors } = await openCheckpoint(await writeWeights('a.safetensors'));
    const layer = new Linear(80, 2, { bias: false });
    layer.loadStateDict(new Map([['weight', tensors.get('half')!]]));
    const run = compile((input: { x: Tensor }) => layer.forward(input.x), { backend });
    const x = tensor(new Float32Array(80).fill(1), { shape: [1, 80] });
    expect(mapConstants(await run.graph({ x }))?.folder).toBe(folder);
    expect(await (await run({ x })).array()).toEqual([[80, 80]]);
    await backend.dispose();
  });

  it('may come from files of several folders and types', async () => {
    const backend = await cpu({ threads: 1 });
    const here = (await openCheckpoint(await writeWeights('a.safetensors'))).tensors;
    const elsewhere = (await openCheckpoint(await writeWeights('b.safetensors'))).tensors;
    const other = elsewhere.get('weight')!;
    const moved = {
      ...other,
      range: { ...other.range!, source: { ...other.range!.source, path: '/nowhere/b.safetensors' } },
    };
    const weights = [here.get('weight')!, moved, here.get('half')!].map(fromStored);
    const x = tensor(new Float32Array(80).fill(1), { shape: [1, 80] });
    const sums = compile(
      (input: { x: Tensor }) => weights.map((weight) => linear(input.x, weight.cast('float32')).sum()),
      { backend },
    );
    const results = await Promise.all((await sums({ x })).map((each) => each.item()));
    const expected = await Promise.all(
      [here.get('weight')!, other].map(async (each) =>
        ((await each.read()).data as Float32Array).reduce((sum, v) => sum + v, 0),
      ),
    );
    expect(results[0]).toBeCloseTo(expected[0]!, 2);
    expect(results[1]).toBeCloseTo(expected[1]!, 2);
    expect(results[2]).toBe(160);
    await backend.dispose();
  });

  it('that end too early are an error of the engine, not a crash', async () => {
    const backend = await cpu({ threads: 1 });
    const path = await writeWeights('a.safetensors');
    const { tensors } = await openCheckpoint(path);
    const weight = fromStored(tensors.get('weight')!);
    await truncate(path, 1000);
    const run = compile((input: { x: Tensor }) => linear(input.x, weight), { backend });
    await expect(
      run({ x: fromHost({ dtype: 'float32', shape: [1, 80], data: new Float32Array(80) }) }),
    ).rejects.toThrow(BackendError);
    await backend.dispose();
  });
});

describe('the cpu backend', () => {
  it('refuses numbers of threads that are none', async () => {
    for (const threads of [0, 1.5, -1])
      await expect(cpu({ threads })).rejects.toThrow('threads must be a whole number');
  });

  it('checks what executables are given', async () => {
    const backend = await cpu({ threads: 1 });
    const graph = await compile((input: { x: Tensor }) => input.x.add(1), { backend }).graph({
      x: tensor([1, 2]),
    });
    const executable = await backend.compile(graph);
    const wrong = await backend.upload({ dtype: 'float32', shape: [3], data: new Float32Array(3) });
    await expect(executable.run([wrong])).rejects.toThrow(ShapeError);
    await expect(executable.run([])).rejects.toThrow('takes 1 inputs, not 0');
    await expect(executable.run([{ ...wrong, shape: [2], dispose: () => undefined }])).rejects.toThrow(
      'another backend',
    );
    await backend.dispose();
  });
});
