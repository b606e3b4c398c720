import { describe, expect, it } from 'vitest';
import type { StoredTensor } from '../../src/io/index.js';
import { bytes, raw } from './support.js';
import { failure, number, open, program, storage, tensor, text, tuple } from './torch-programs.js';

describe('the format before version 1.6', () => {
  const magic = bytes(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.');
  const version = bytes(0x80, 2, 'M', 0xe9, 3, '.');
  const system = (little: boolean) => bytes(0x80, 2, '}', text('little_endian'), little ? 0x88 : 0x89, 's.');
  const keys = (...names: string[]) => bytes(0x80, 2, '](', ...names.map(text), 'e.');
  const content = (count: number, ...data: ArrayBufferView[]) =>
    bytes(raw(BigInt64Array.of(BigInt(count))), ...data.map(raw));
  const three = Float32Array.of(1, 2, 3);
  const vector = (from: Uint8Array, length = 3) => program(tensor(from, 0, [length], [1]));
  const start = bytes(magic, version, system(true));

  it('gives tensors on parts of storages, as the oldest files have them', async () => {
    const part = storage('FloatStorage', 'a', 3, tuple(text('b'), number(1), number(2)));
    const value = await open(bytes(start, vector(part, 2), keys('a'), content(3, three)));
    const { range } = value as StoredTensor;
    expect((await (value as StoredTensor).read()).data).toEqual(Float32Array.of(2, 3));
    expect(range!.length).toBe(8);
  });

  it('is read in big-endian order where it says so', async () => {
    const swapped = raw(three).slice();
    for (const index of [0, 4, 8]) swapped.subarray(index, index + 4).reverse();
    const count = bytes(0, 0, 0, 0, 0, 0, 0, 3);
    const value = await open(
      bytes(
        magic,
        version,
        system(false),
        vector(storage('FloatStorage', 'a', 3)),
        keys('a'),
        count,
        swapped,
      ),
    );
    expect((await (value as StoredTensor).read()).data).toEqual(three);
  });

  it('has its storages in any order', async () => {
    const two = bytes(
      '](',
      tensor(storage('FloatStorage', 'a', 3), 0, [3], [1]),
      tensor(storage('LongStorage', 'b', 1), 0, [], []),
      'e',
    );
    const value = await open(
      bytes(start, program(two), keys('b', 'a'), content(1, BigInt64Array.of(5n)), content(3, three)),
    );
    const [a, b] = value as StoredTensor[];
    expect((await a!.read()).data).toEqual(three);
    expect((await b!.read()).data).toEqual(BigInt64Array.of(5n));
  });

  const a = storage('FloatStorage', 'a', 3);
  it.each<[string, Uint8Array, RegExp]>([
    ['another magic number', bytes(0x80, 2, 'K', 1, '.'), /not with the one that PyTorch begins files with/],
    ['another version', bytes(magic, 0x80, 2, 'K', 7, '.'), /version 7/],
    ['no byte order', bytes(magic, version, 0x80, 2, '}.'), /byte order/],
    ['a tensor before its object', bytes(magic, version, program(a)), /asks for torch.FloatStorage/],
    ['a storage that is not listed', bytes(start, vector(a), keys()), /storage a is not in the list/],
    [
      'a storage that no tensor uses',
      bytes(start, vector(a), keys('a', 'b'), content(3, three)),
      /names b, which no tensor uses/,
    ],
    [
      'a storage listed twice',
      bytes(start, vector(a), keys('a', 'a'), content(3, three), content(3, three)),
      /names a, which/,
    ],
    ['keys that are no list', bytes(start, vector(a), 'N.'), /storage a is not in the list/],
    ['a key that is no text', bytes(start, vector(a), ']Na.'), /names None/],
    [
      'a storage of another length',
      bytes(start, vector(a), keys('a'), content(4, three, three)),
      /should have 3 elements, and says it has 4/,
    ],
    [
      'a storage that is cut',
      bytes(start, vector(a), keys('a'), content(3, three.subarray(1))),
      /it is truncated/,
    ],
    [
      'a storage that is missing',
      bytes(start, vector(a), keys('a')),
      /storage a is missing: the file is truncated/,
    ],
    [
      'bytes after the last storage',
      bytes(start, vector(a), keys('a'), content(3, three), 0),
      /1 bytes follow the last storage/,
    ],
    [
      'a part beyond its storage',
      bytes(
        start,
        vector(storage('FloatStorage', 'a', 3, tuple(text('b'), number(2), number(2)))),
        keys('a'),
      ),
      /lies outside its 3 elements/,
    ],
    [
      'a storage described in two ways',
      bytes(start, program(bytes(']', a, 'a', storage('FloatStorage', 'a', 4), 'a')), keys('a')),
      /described in two ways/,
    ],
  ])('is refused for %s', async (_, whole, message) => {
    expect((await failure(open(whole))).message).toMatch(message);
  });
});
