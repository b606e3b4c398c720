import { describe, expect, it } from 'vitest';
import { ArgumentError, FileFormatError } from '../../src/errors.js';
import {
  encodeSafetensors,
  memorySource,
  openShardedSafetensors,
  planShards,
  type TensorSource,
} from '../../src/io/index.js';
import type { HostTensor } from '../../src/tensor/dtype.js';
import { collect, host, scalar, zeros } from './support.js';

const vector = (length: number): HostTensor => ({
  dtype: 'float32',
  shape: [length],
  data: new Float32Array(length).fill(length),
});

describe('sharded checkpoints', () => {
  const tensors: [string, HostTensor][] = [1, 2, 3, 10, 4].map((length) => [`v${length}`, vector(length)]);

  it('are planned by size, in order', () => {
    const { shards, indexJson } = planShards(tensors, { limit: 24 });
    expect(
      shards.map(({ fileName, tensors, byteLength }) => [
        fileName,
        tensors.map(([name]) => name),
        byteLength,
      ]),
    ).toEqual([
      ['model-00001-of-00003.safetensors', ['v1', 'v2', 'v3'], 24],
      ['model-00002-of-00003.safetensors', ['v10'], 40],
      ['model-00003-of-00003.safetensors', ['v4'], 16],
    ]);
    expect(JSON.parse(indexJson!)).toEqual({
      metadata: { total_size: 80 },
      weight_map: {
        v1: 'model-00001-of-00003.safetensors',
        v2: 'model-00001-of-00003.safetensors',
        v3: 'model-00001-of-00003.safetensors',
        v10: 'model-00002-of-00003.safetensors',
        v4: 'model-00003-of-00003.safetensors',
      },
    });
  });

  it('are one file without an index when that suffices', () => {
    const plan = planShards(tensors, { baseName: 'ema' });
    expect(plan.shards.map(({ fileName }) => fileName)).toEqual(['ema.safetensors']);
    expect(plan).not.toHaveProperty('indexJson');
    // A plan needs only shapes: 2,000,000,000 bytes are the default limit, one more element is too much.
    const large = (elements: number): TensorSource => ({ dtype: 'uint8', shape: [elements], chunks: [] });
    expect(
      planShards([
        ['a', large(1e9)],
        ['b', large(1e9)],
      ]).shards.length,
    ).toBe(1);
    expect(
      planShards([
        ['a', large(1e9)],
        ['b', large(1e9 + 1)],
      ]).shards.length,
    ).toBe(2);
  });

  it('cannot have a name twice or a limit of nothing', () => {
    expect(() =>
      planShards([
        ['x', scalar()],
        ['x', scalar()],
      ]),
    ).toThrow(ArgumentError);
    expect(() => planShards([], { limit: 0 })).toThrow(ArgumentError);
  });

  async function written(limit: number): Promise<Map<string, Uint8Array>> {
    const { shards, indexJson } = planShards(tensors, { limit });
    const files = new Map<string, Uint8Array>([['index', new TextEncoder().encode(indexJson)]]);
    for (const shard of shards) {
      files.set(
        shard.fileName,
        await collect(encodeSafetensors(shard.tensors, { format: 'pt', from: shard.fileName })),
      );
    }
    return files;
  }

  /** Opens what `written` made; `opened` and `closed` count per file. */
  function openAll(files: Map<string, Uint8Array>) {
    const opened: string[] = [];
    const closed: string[] = [];
    const source = (name: string) => ({
      ...memorySource(files.get(name) ?? zeros(0), name),
      close: async () => {
        closed.push(name);
      },
    });
    const result = openShardedSafetensors(source('index'), async (name) => {
      opened.push(name);
      return source(name);
    });
    return { result, opened, closed };
  }

  it('come back as they were, each shard opened once', async () => {
    const { result, opened, closed } = openAll(await written(24));
    const checkpoint = await result;
    expect([...checkpoint.tensors.keys()]).toEqual(tensors.map(([name]) => name));
    for (const [name, expected] of tensors) {
      expect(host(await checkpoint.tensors.get(name)!.read())).toEqual(host(expected));
    }
    expect({ ...checkpoint.metadata }).toEqual({ format: 'pt', from: 'model-00001-of-00003.safetensors' });
    expect(opened).toEqual([1, 2, 3].map((number) => `model-0000${number}-of-00003.safetensors`));
    expect(closed).toEqual([]);
    await checkpoint.close();
    expect(closed.sort()).toEqual(['index', ...opened]);
  });

  async function refused(
    files: Map<string, Uint8Array>,
  ): Promise<{ message: string; opened: string[]; closed: string[] }> {
    const { result, opened, closed } = openAll(files);
    const error: unknown = await result.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FileFormatError);
    return { message: (error as FileFormatError).message, opened, closed };
  }

  const index = (weightMap: unknown) =>
    new Map([['index', new TextEncoder().encode(JSON.stringify({ weight_map: weightMap }))]]);

  it.each([
    '../model.safetensors',
    '/etc/model.safetensors',
    'a/model.safetensors',
    'a\\model.safetensors',
    'C:model.safetensors',
    '.model.safetensors',
    '..',
    '',
    'model.bin',
    'model\0.safetensors',
    7,
  ])('never lead to the file %j', async (fileName) => {
    const { message, opened } = await refused(index({ x: fileName }));
    expect(message).toMatch(/tensor "x": .* is not the name of a .safetensors file in the same folder/);
    expect(opened).toEqual([]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['no weight_map', new TextEncoder().encode('{}'), /weight_map must be/],
    ['a weight_map that is a list', new TextEncoder().encode('{"weight_map":[]}'), /weight_map must be/],
    [
      'a tensor twice',
      new TextEncoder().encode('{"weight_map":{"a":"a.safetensors","a":"b.safetensors"}}'),
      /"a" twice/,
    ],
    ['no JSON', new TextEncoder().encode('weights'), /not valid JSON/],
  ])('are refused for %s', async (_, content, message) => {
    expect((await refused(new Map([['index', content]]))).message).toMatch(message);
  });

  it('are refused when a shard lacks a tensor that the index promises, and closed', async () => {
    const files = await written(24);
    const first = await collect(encodeSafetensors(tensors.slice(0, 2)));
    files.set('model-00001-of-00003.safetensors', first);
    const { message, opened, closed } = await refused(files);
    expect(message).toMatch(
      /^index: tensor "v3" should be in model-00001-of-00003.safetensors, which does not have it/,
    );
    expect(closed.sort()).toEqual(opened);
  });

  it('are refused when a shard is damaged, and closed', async () => {
    const files = await written(24);
    files.set('model-00002-of-00003.safetensors', zeros(100));
    const { message, opened, closed } = await refused(files);
    expect(message).toMatch(/^model-00002-of-00003.safetensors: /);
    expect(opened.length).toBe(2);
    expect(closed.sort()).toEqual(opened);
  });
});
