import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, FileFormatError } from '../../src/errors.js';
import {
  encodeNpy,
  encodeNpz,
  memorySource,
  openNpy,
  openNpz,
  type StoredTensor,
  type TensorSource,
} from '../../src/io/index.js';
import { allocate, bytesOf, dtypes, type HostTensor } from '../../src/tensor/dtype.js';
import { float16ToFloat32 } from '../../src/tensor/half.js';
import { bytes, collect, fromBase64, host, raw, readData, readRange, zip } from './support.js';

const files = await readData<Record<string, string>>('numpy-files.json');
const content = (name: string) => fromBase64(files[name]!);
const open = (data: Uint8Array) => openNpy(memorySource(data, 'test.npy'));

/** A .npy file of version 1 with this header, as it is, and this data. */
function npy(header: string, data: Uint8Array): Uint8Array {
  return bytes(0x93, 'NUMPY', 1, 0, header.length & 255, header.length >> 8, header, data);
}

async function failure(action: Promise<unknown>): Promise<string> {
  const error: unknown = await action.then(
    () => 'it was opened',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileFormatError);
  return (error as FileFormatError).message;
}

describe('openNpy', () => {
  const types: [code: string, dtype: string][] = [
    ['<f2', 'float16'],
    ['<f4', 'float32'],
    ['<f8', 'float64'],
    ['>f4', 'float32'],
    ['>f8', 'float64'],
    ['<i8', 'int64'],
    ['>i8', 'int64'],
    ['<i4', 'int32'],
    ['>i2', 'int32'],
    ['<i2', 'int32'],
    ['i1', 'int32'],
    ['u1', 'uint8'],
    ['<u2', 'int32'],
    ['>u2', 'int32'],
    ['<u4', 'int64'],
    ['?', 'bool'],
  ];
  const layouts = types.flatMap(([code, dtype]) => ['C', 'F'].map((order) => [code, order, dtype] as const));

  it.each(layouts)('reads what numpy writes: elements %s in order %s as %s', async (code, order, dtype) => {
    const stored = await open(content(`${code} ${order}.npy`));
    const read = await stored.read();
    expect([stored.dtype, read.dtype, read.shape]).toEqual([dtype, dtype, [3, 4]]);
    const values = dtype === 'float16' ? float16ToFloat32(read.data as Uint16Array) : read.data;
    const expected = [...Array(12).keys()].map((value) => (dtype === 'bool' ? Math.min(value, 1) : value));
    expect(Array.from(values as ArrayLike<number | bigint>, Number)).toEqual(expected);
    const mappable = order === 'C' && !code.startsWith('>') && !['<i2', 'i1', '<u2', '<u4'].includes(code);
    expect(await readRange(stored)).toEqual(mappable ? raw(read.data) : undefined);
  });

  it.each<[string, number[], ArrayLike<number>]>([
    ['0-d.npy', [], Float64Array.of(3.5)],
    ['1-d.npy', [5], Int32Array.of(0, 1, 2, 3, 4)],
    ['3-d F.npy', [2, 3, 4], Float32Array.from(Array(24).keys())],
    ['empty.npy', [0, 3], new Float32Array(0)],
    ['version 2.npy', [5], Int32Array.of(0, 1, 2, 3, 4)],
    ['version 3.npy', [5], Int32Array.of(0, 1, 2, 3, 4)],
  ])('reads %s', async (name, shape, data) => {
    const read = await (await open(content(name))).read();
    expect([read.shape, read.data]).toEqual([shape, data]);
  });

  it.each([
    ['structured.npy', /type "\[\('a', '<f4'\), \('b', '<i4'\)\]", which is not one of f2, f4/],
    ['complex.npy', /type "<c8", which is not one of/],
    ['text.npy', /type "<U2", which is not one of/],
  ])('refuses %s', async (name, message) => {
    expect(await failure(open(content(name)))).toMatch(message);
  });

  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n";
  const two = raw(Float32Array.of(1, 2));

  it.each<[string, string]>([
    ['as it should be', header],
    ['without spaces', "{'descr':'<f4','fortran_order':False,'shape':(2,)}"],
    ['in another order', "{ 'shape' : ( 2 , ) , 'fortran_order' : False , 'descr' : '=f4' }   \n"],
  ])('understands a header %s', async (_, text) => {
    expect(host(await (await open(npy(text, two))).read())).toEqual({
      dtype: 'float32',
      shape: [2],
      data: Float32Array.of(1, 2),
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['another magic number', bytes('NUMPY', header), /does not begin as a .npy file/],
    ['version 0', bytes(0x93, 'NUMPY', 0, 0, 0, 0), /version 0/],
    ['version 4', bytes(0x93, 'NUMPY', 4, 0, 0, 0, 0, 0), /version 4/],
    ['a header of 4 GB', bytes(0x93, 'NUMPY', 2, 0, 255, 255, 255, 255), /it is truncated/],
    [
      'a header of 100,000 bytes',
      bytes(0x93, 'NUMPY', 2, 0, 0xa0, 0x86, 1, 0, ' '.repeat(100_000)),
      /65536 are the most/,
    ],
    ['a header that is no dictionary', npy('descr', two), /not a dictionary of descr/],
    ['no element type', npy("{'fortran_order': False, 'shape': (2,)}", two), /not a dictionary of descr/],
    ['no order', npy("{'descr': '<f4', 'shape': (2,)}", two), /not a dictionary of descr/],
    ['no shape', npy("{'descr': '<f4', 'fortran_order': False}", two), /not a dictionary of descr/],
    ['a shape that is a number', npy(header.replace('(2,)', '(2)'), two), /not a dictionary of descr/],
    ['a negative shape', npy(header.replace('(2,)', '(-2,)'), two), /not a dictionary of descr/],
    [
      'a shape beyond all numbers',
      npy(header.replace('2', '9'.repeat(400)), two),
      /not a dictionary of descr/,
    ],
    ['a shape of commas', npy(header.replace('2,', ',,'), two), /not a dictionary of descr/],
    ['a field twice', npy(header.replace('}', "'shape': (2,)}"), two), /not a dictionary of descr/],
    ['an expression', npy(header.replace("'<f4'", "__import__('os')"), two), /not a dictionary of descr/],
    ['too little data', npy(header, two.subarray(1)), /shape \(2\), which takes 8 bytes, but 7 follow/],
    ['too much data', npy(header, bytes(two, 0)), /shape \(2\), which takes 8 bytes, but 9 follow/],
    [
      'a shape of 2⁶⁰',
      npy(header.replace('2,', '1073741824, 1073741824'), two),
      /takes 4611686018427388000 bytes/,
    ],
  ])('refuses %s', async (_, data, message) => {
    expect(await failure(open(data))).toMatch(message);
  });

  it('refuses a file cut anywhere', async () => {
    for (const name of ['<f4 C.npy', '>i8 F.npy', 'version 2.npy']) {
      const whole = content(name);
      for (let length = 0; length < whole.length; length++) await failure(open(whole.slice(0, length)));
    }
  });

  it('survives any flipped bit: the file is refused or can be read', async () => {
    const whole = content('<f4 F.npy');
    let refused = 0;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const { shape, data } = await (await open(flipped)).read();
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      } catch (error) {
        expect(error).toBeInstanceOf(FileFormatError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  it('gives elements in memory of their own', async () => {
    const stored = await open(npy(header, two));
    (await stored.read()).data[0] = 9;
    expect((await stored.read()).data[0]).toBe(1);
  });
});

const tensor: fc.Arbitrary<HostTensor> = fc
  .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 5 }) })
  .map(({ dtype, shape }) => {
    const data = allocate(
      dtype,
      shape.reduce((product, size) => product * size, 1),
    );
    const content = bytesOf(data);
    for (let index = 0; index < content.length; index++)
      content[index] = dtype === 'bool' ? index % 2 : index % 0x3c;
    return { dtype, shape, data };
  });

describe('encodeNpy', () => {
  it('writes exactly what numpy writes', async () => {
    for (const [name, dtype, shape] of [
      ['<f4 C.npy', 'float32', [3, 4]],
      ['<i8 C.npy', 'int64', [3, 4]],
      ['? C.npy', 'bool', [3, 4]],
      ['u1 C.npy', 'uint8', [3, 4]],
      ['1-d.npy', 'int32', [5]],
      ['0-d.npy', 'float64', []],
      ['empty.npy', 'float32', [0, 3]],
    ] as const) {
      const { data } = await (await open(content(name))).read();
      expect(await collect(encodeNpy({ dtype, shape, data } as HostTensor)), name).toEqual(content(name));
    }
  });

  it('writes what openNpy reads', async () => {
    await fc.assert(
      fc.asyncProperty(tensor, async (expected) => {
        const written = await collect(encodeNpy(expected));
        const stored = await open(written);
        expect(host(await stored.read())).toEqual(host(expected));
        expect((written.length - bytesOf(expected.data).length) % 64).toBe(0);
      }),
    );
  });

  it('refuses a tensor that delivers other bytes than it announces', async () => {
    const wrong: TensorSource = { dtype: 'float32', shape: [2], chunks: [new Uint8Array(4)] };
    await expect(collect(encodeNpy(wrong))).rejects.toThrow(ArgumentError);
  });

  it('refuses more axes than the header has room for', async () => {
    const wide: TensorSource = { dtype: 'uint8', shape: Array(30_000).fill(1), data: new Uint8Array(1) };
    await expect(collect(encodeNpy(wide))).rejects.toThrow(ArgumentError);
  });
});

describe('openNpz', () => {
  const openZip = (data: Uint8Array) => openNpz(memorySource(data, 'test.npz'));

  it.each(['stored.npz', 'compressed.npz'])('reads what numpy writes: %s', async (name) => {
    const { tensors, metadata } = await openZip(content(name));
    expect([...tensors.keys()]).toEqual(['first', 'second']);
    expect(Object.keys(metadata)).toEqual([]);
    expect(host(await tensors.get('first')!.read())).toEqual({
      dtype: 'float32',
      shape: [2, 3],
      data: Float32Array.of(0, 1, 2, 3, 4, 5),
    });
    expect(host(await tensors.get('second')!.read())).toEqual({
      dtype: 'int64',
      shape: [500],
      data: new BigInt64Array(500),
    });
    expect(await readRange(tensors.get('first')!)).toEqual(
      name === 'stored.npz' ? raw(Float32Array.of(0, 1, 2, 3, 4, 5)) : undefined,
    );
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['a member that is no array', { 'a.txt': 'text' }, /member "a.txt" is no .npy file/],
    ['an array that is none', { 'a.npy': 'text' }, /member "a.npy" does not begin as a .npy file/],
  ])('refuses %s', async (_, members, message) => {
    expect(await failure(openZip(await zip(members)))).toMatch(message);
    expect(await failure(openZip(await zip(members, { compress: true })))).toMatch(message);
  });

  it('refuses what is no archive', async () => {
    expect(await failure(openZip(new Uint8Array(100)))).toMatch(
      /^test.npz: the zip archive cannot be opened/,
    );
  });

  it.each(['stored.npz', 'compressed.npz'])('refuses %s cut anywhere', async (name) => {
    const whole = content(name);
    for (let length = 0; length < whole.length; length += 3) await failure(openZip(whole.slice(0, length)));
  });

  it('survives any flipped bit: the file is refused or can be read', async () => {
    const whole = await collect(encodeNpz(new Map([['a', await sample()]]), { compress: true }));
    for (let byte = 0; byte < whole.length; byte++) {
      const flipped = whole.slice();
      flipped[byte]! ^= 1 << (byte & 7);
      const result: unknown = await openZip(flipped)
        .then(({ tensors }) => Promise.all([...tensors.values()].map((stored) => stored.read())))
        .catch((reason: unknown) => reason);
      // Compressed elements are verified against their checksum: what can be read is right.
      if (Array.isArray(result)) expect(result.map(host)).toEqual([host(await sample())]);
      else expect(result).toBeInstanceOf(FileFormatError);
    }
  });
});

const sample = async (): Promise<HostTensor> => ({
  dtype: 'int32',
  shape: [3, 2],
  data: Int32Array.of(1, -2, 3, -4, 5, -6),
});

describe('encodeNpz', () => {
  it.each([false, true])('writes what openNpz reads, compressed: %s', async (compress) => {
    const entries = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_]{1,8}(\/[a-z]{1,3})?$/), tensor), {
      selector: ([name]) => name,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(entries, async (written) => {
        const { tensors } = await openNpz(
          memorySource(await collect(encodeNpz(new Map(written), { compress }))),
        );
        expect([...tensors.keys()]).toEqual(written.map(([name]) => name));
        for (const [name, expected] of written) {
          const stored = tensors.get(name)!;
          expect(host(await stored.read())).toEqual(host(expected));
          expect(await readRange(stored)).toEqual(compress ? undefined : bytesOf(expected.data));
        }
      }),
      { numRuns: 40 },
    );
  });

  it('writes and reads arrays of many chunks', async () => {
    const count = 100_000;
    const data = Float32Array.from({ length: count }, (_, index) => index % 251);
    const pieces = async function* () {
      for (let start = 0; start < data.byteLength; start += 70_001)
        yield bytesOf(data).subarray(start, start + 70_001);
    };
    for (const compress of [false, true]) {
      const source: TensorSource = { dtype: 'float32', shape: [count], chunks: pieces() };
      const written = await collect(encodeNpz(new Map([['samples', source]]), { compress }));
      expect(written.length < data.byteLength / 2).toBe(compress);
      const { tensors } = await openNpz(memorySource(written));
      expect((await tensors.get('samples')!.read()).data).toEqual(data);
    }
  });

  it('always gives the same bytes', async () => {
    const once = () =>
      collect(encodeNpz(new Map([['a', { dtype: 'uint8', shape: [2], data: Uint8Array.of(1, 2) }]])));
    const first = await once();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await once()).toEqual(first);
  });

  it.each(['', '/a', '../a', 'a/../b', 'a\\..\\b', 'C:a', '\\a'])('refuses the name %j at once', (name) => {
    expect(() => encodeNpz(new Map([[name, { dtype: 'uint8', shape: [], data: Uint8Array.of(1) }]]))).toThrow(
      ArgumentError,
    );
  });

  it('refuses an impossible shape at once', () => {
    expect(() =>
      encodeNpz(new Map([['a', { dtype: 'uint8', shape: [-1], data: Uint8Array.of(1) }]])),
    ).toThrow(ArgumentError);
  });

  it('passes on the error of a tensor that cannot be fetched', async () => {
    const broken: StoredTensor = {
      dtype: 'uint8',
      storedAs: 'uint8',
      shape: [1],
      read: async () => {
        throw new Error('gone');
      },
    };
    for (const compress of [false, true]) {
      await expect(collect(encodeNpz(new Map([['a', broken]]), { compress }))).rejects.toThrow('gone');
    }
  });

  it('may be left before its end', async () => {
    let finished = false;
    const chunks = async function* () {
      try {
        for (;;) yield new Uint8Array(100_000);
      } finally {
        finished = true;
      }
    };
    const endless: TensorSource = { dtype: 'uint8', shape: [1e12], chunks: chunks() };
    let seen = 0;
    for await (const chunk of encodeNpz(new Map([['a', endless]]))) {
      seen += chunk.length;
      if (seen > 1_000_000) break;
    }
    expect(finished).toBe(true);
  });
});
