import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BackendError,
  compile,
  fromHost,
  fromStored,
  linear,
  ShapeError,
  type Tensor,
  tensor,
} from '@softvq/core';
import { encodeSafetensors } from '@softvq/core/io';
import { openCheckpoint, writeFileAtomic } from '@softvq/core/node';
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
