import {
  type FileHandle,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileFormatError, StateDictError, UnsafePickleError } from '../../src/errors.js';
import { encodeNpz, encodeSafetensors, planShards, type TensorSource } from '../../src/io/index.js';
import { openCheckpoint, openFile, writeFileAtomic } from '../../src/node/index.js';

const golden = new URL('../../../../fixtures/golden/checkpoints/', import.meta.url).pathname;

/** Every file that was opened. */
const handles = vi.hoisted((): FileHandle[] => []);
vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const open: typeof original.open = async (...args) => {
    const handle = await original.open(...args);
    handles.push(handle);
    return handle;
  };
  return { ...original, open };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'softvq-core-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  // A closed handle has no descriptor. No test may leave one open.
  expect(handles.length).toBeGreaterThan(0);
  expect(handles.filter((handle) => handle.fd !== -1)).toEqual([]);
});

const path = (name: string) => join(folder, name);

describe('openFile', () => {
  it('reads any range, also at the same time', async () => {
    const content = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
    await writeFile(path('data'), content);
    const source = await openFile(path('data'));
    expect([source.name, source.path, source.size]).toEqual([
      path('data'),
      await realpath(path('data')),
      100_000,
    ]);
    const ranges = Array.from({ length: 50 }, (_, index) => [index * 1999, 1999] as const);
    const parts = await Promise.all(ranges.map(([offset, length]) => source.read(offset, length)));
    parts.forEach((part, index) => {
      const [offset, length] = ranges[index]!;
      expect(part).toEqual(content.slice(offset, offset + length));
    });
    expect((await source.read(100_000, 0)).length).toBe(0);
  });

  it('knows where the bytes of a link are, for engines that follow none out of its folder', async () => {
    await mkdir(path('links'));
    await writeFile(path('data'), new Uint8Array(10));
    await symlink(join('..', 'data'), path('links/data'));
    const source = await openFile(path('links/data'));
    expect([source.name, source.path, source.size]).toEqual([
      path('links/data'),
      await realpath(path('data')),
      10,
    ]);
  });

  it.each([
    [0, 11],
    [10, 1],
    [-1, 1],
    [0, -1],
  ])('refuses the range from %d of %d bytes', async (offset, length) => {
    await writeFile(path('data'), new Uint8Array(10));
    const source = await openFile(path('data'));
    await expect(source.read(offset, length)).rejects.toThrow(RangeError);
  });

  it('notices that the file has become another', async () => {
    await writeFile(path('data'), new Uint8Array(10));
    const source = await openFile(path('data'));
    await writeFile(path('data'), new Uint8Array(4));
    await expect(source.read(0, 10)).rejects.toThrow(/had 10 bytes when it was opened and has 4 now/);
  });

  it('refuses a folder and a file that is not there', async () => {
    await expect(openFile(folder)).rejects.toThrow(FileFormatError);
    await expect(openFile(path('missing'))).rejects.toThrow(/ENOENT/);
  });
});

describe('writeFileAtomic', () => {
  const hello = new TextEncoder().encode('hello');

  it('takes bytes, pieces, and pieces that come later', async () => {
    const later = async function* () {
      yield hello.subarray(0, 2);
      yield new Uint8Array(0);
      yield hello.subarray(2);
    };
    await writeFileAtomic(path('bytes'), hello);
    await writeFileAtomic(path('pieces'), [hello.subarray(0, 1), hello.subarray(1)]);
    await writeFileAtomic(path('later'), later());
    await writeFileAtomic(path('nothing'), []);
    for (const name of ['bytes', 'pieces', 'later']) expect(await readFile(path(name), 'utf8')).toBe('hello');
    expect((await stat(path('nothing'))).size).toBe(0);
    expect((await readdir(folder)).length).toBe(4);
  });

  it('shows the old file until the new one is whole', async () => {
    await writeFile(path('model'), 'old');
    const seen: string[] = [];
    const names: string[][] = [];
    const watching = async function* () {
      for (const part of ['n', 'e', 'w']) {
        seen.push(await readFile(path('model'), 'utf8'));
        names.push(await readdir(folder));
        yield new TextEncoder().encode(part);
      }
    };
    await writeFileAtomic(path('model'), watching());
    expect(seen).toEqual(['old', 'old', 'old']);
    // The temporary file is in the same folder, so that renaming it is one step.
    expect(names.every((each) => each.length === 2)).toBe(true);
    expect(await readFile(path('model'), 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['model']);
  });

  it('leaves the old file and nothing else when the pieces fail', async () => {
    await writeFile(path('model'), 'old');
    const failing = async function* () {
      yield hello;
      throw new Error('out of memory');
    };
    await expect(writeFileAtomic(path('model'), failing())).rejects.toThrow('out of memory');
    expect(await readFile(path('model'), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['model']);
  });

  it('leaves nothing when the name cannot be taken', async () => {
    await mkdir(path('model'));
    await expect(writeFileAtomic(path('model'), hello)).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['model']);
    await expect(writeFileAtomic(path('missing/model'), hello)).rejects.toThrow(/ENOENT/);
  });

  it('may write one file at the same time as another', async () => {
    const contents = Array.from({ length: 10 }, (_, index) => new Uint8Array(10_000).fill(index));
    await Promise.all(contents.map((content) => writeFileAtomic(path('model'), content)));
    const result = await readFile(path('model'));
    expect(result.every((byte) => byte === result[0])).toBe(true);
    expect(result.length).toBe(10_000);
    expect(await readdir(folder)).toEqual(['model']);
  });
});

describe('openCheckpoint', () => {
  const tensors: [string, TensorSource][] = [
    ['a', { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) }],
    ['b', { dtype: 'int32', shape: [], data: Int32Array.of(3) }],
  ];

  async function expectTensors(where: string): Promise<void> {
    const checkpoint = await openCheckpoint(where);
    expect((await checkpoint.tensors.get('a')!.read()).data).toEqual(Float32Array.of(1, 2));
    expect((await checkpoint.tensors.get('b')!.read()).data).toEqual(Int32Array.of(3));
    expect(checkpoint.tensors.get('a')!.range!.source.path).toContain(folder);
  }

  it('opens a safetensors file and the folder it is in', async () => {
    await writeFileAtomic(path('model.safetensors'), encodeSafetensors(tensors));
    await expectTensors(path('model.safetensors'));
    await expectTensors(folder);
  });

  it('opens a sharded checkpoint and the folder it is in', async () => {
    const { shards, indexJson } = planShards(tensors, { limit: 8 });
    for (const shard of shards) await writeFileAtomic(path(shard.fileName), encodeSafetensors(shard.tensors));
    await writeFile(path('model.safetensors.index.json'), indexJson!);
    expect(shards.length).toBe(2);
    await expectTensors(path('model.safetensors.index.json'));
    await expectTensors(folder);
  });

  it('opens an npz file', async () => {
    await writeFileAtomic(path('model.npz'), encodeNpz(new Map(tensors)));
    await expectTensors(path('model.npz'));
  });

  it('opens PyTorch checkpoints', async () => {
    for (const [name, options] of [
      ['training.pt', { entry: 'ema' }],
      ['legacy-format.pt', {}],
    ] as const) {
      const checkpoint = await openCheckpoint(join(golden, name), options);
      expect((await checkpoint.tensors.get('a.weight')!.read()).shape).toEqual([4, 6]);
    }
    await expect(openCheckpoint(join(golden, 'training.pt'))).rejects.toThrow(StateDictError);
    await expect(openCheckpoint(join(golden, 'hostile.pt'))).rejects.toThrow(UnsafePickleError);
  });

  it('says what it looked for in a folder', async () => {
    await expect(openCheckpoint(folder)).rejects.toThrow(
      /has none of model.safetensors, .*pytorch_model.bin/,
    );
  });

  it('closes what it opened when it fails', async () => {
    await writeFile(path('model.safetensors'), 'nonsense');
    await expect(openCheckpoint(folder)).rejects.toThrow(FileFormatError);
    const { shards, indexJson } = planShards(tensors, { limit: 8 });
    await writeFile(path('model.safetensors.index.json'), indexJson!);
    await writeFileAtomic(path(shards[0]!.fileName), encodeSafetensors(shards[0]!.tensors));
    await writeFile(path(shards[1]!.fileName), 'nonsense');
    await expect(openCheckpoint(path('model.safetensors.index.json'))).rejects.toThrow(FileFormatError);
  });
});
