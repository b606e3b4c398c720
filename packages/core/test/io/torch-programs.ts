import { expect } from 'vitest';
import { FileFormatError } from '../../src/errors.js';
import { memorySource, openPyTorch, type PickleValue } from '../../src/io/index.js';
import { bytes, raw, torchArchive } from './support.js';

export const open = async (content: Uint8Array) =>
  (await openPyTorch(memorySource(content, 'test.pt'))).value;

/** The one tensor, or the dictionary, in an archive with this pickle and these storages. */
export async function openArchive(
  pickle: Uint8Array,
  storages: Readonly<Record<string, ArrayBufferView | Uint8Array>>,
  more: Readonly<Record<string, string>> = {},
  options?: { compress?: boolean },
): Promise<PickleValue> {
  const members: Record<string, Uint8Array | string> = { 'data.pkl': pickle, ...more, version: '3\n' };
  for (const [key, storage] of Object.entries(storages)) members[`data/${key}`] = raw(storage);
  return open(await torchArchive(members, options));
}

export function number(value: number): Uint8Array {
  return value < 0 || value > 255
    ? bytes('J', value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255)
    : bytes('K', value);
}

export const tuple = (...items: Uint8Array[]) => bytes('(', ...items, 't');
export const text = (value: string) => bytes('U', value.length, value);

export function storage(type: string, key: string, length: number, ...part: Uint8Array[]): Uint8Array {
  const id = tuple(
    text('storage'),
    bytes(`ctorch\n${type}\n`),
    text(key),
    text('cpu'),
    number(length),
    ...part,
  );
  return bytes(id, 'Q');
}

/** The instructions that `torch.save` writes for a tensor. */
export function tensor(from: Uint8Array, offset: number, shape: number[], strides: number[]): Uint8Array {
  const args = tuple(
    from,
    number(offset),
    tuple(...shape.map(number)),
    tuple(...strides.map(number)),
    bytes(0x89),
    bytes('ccollections\nOrderedDict\n)R'),
  );
  return bytes('ctorch._utils\n_rebuild_tensor_v2\n', args, 'R');
}

export const program = (value: Uint8Array) => bytes(0x80, 2, value, '.');

export async function failure(action: Promise<unknown>): Promise<FileFormatError> {
  const error: unknown = await action.then(
    () => 'it was opened',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileFormatError);
  expect((error as FileFormatError).file).toBe('test.pt');
  return error as FileFormatError;
}

export const range = (count: number) => [...Array(count).keys()];

/** Opens a file with each of these bits flipped, and reads all that it gives. */
export async function surviveFlips(whole: Uint8Array, bits: readonly number[]): Promise<void> {
  let refused = 0;
  for (const bit of bits) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      await readEverything(await open(flipped));
    } catch (error) {
      expect(error).toBeInstanceOf(FileFormatError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(bits.length / 4);
}

async function readEverything(value: PickleValue): Promise<void> {
  if (value instanceof Map) for (const item of value.values()) await readEverything(item);
  else if (Array.isArray(value)) for (const item of value) await readEverything(item);
  else if (typeof value === 'object' && value !== null && 'read' in value) {
    const { shape, data } = await value.read();
    expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
  }
}
