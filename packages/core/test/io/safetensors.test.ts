import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError, FileFormatError } from '../../src/errors.js';
import { encodeSafetensors, memorySource, openSafetensors, type TensorSource } from '../../src/io/index.js';
import { allocate, bytesOf, bytesPerElement, dtypes, type HostTensor } from '../../src/tensor/dtype.js';
import { float16ToFloat32 } from '../../src/tensor/half.js';
import { bytes, collect, goldenSource, host, raw, readRange, recording, scalar, zeros } from './support.js';

/** A file with this header, given as an object or as text, and this data. */
function file(header: object | string, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return bytes(length, json, data);
}

const open = (content: Uint8Array) => openSafetensors(memorySource(content, 'test.safetensors'));

async function failure(content: Uint8Array): Promise<string> {
  const error: unknown = await open(content).then(
    () => 'it was opened',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileFormatError);
  expect((error as FileFormatError).file).toBe('test.safetensors');
  return (error as FileFormatError).message;
}

const float = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('openSafetensors', () => {
  it('reads what the reference implementation wrote', async () => {
    const { metadata, tensors } = await openSafetensors(await goldenSource('expected.safetensors'));
    expect(metadata['note']).toMatch(/^values of model/);
    expect([...tensors.keys()].slice(0, 4)).toEqual(['a.weight', 'a.transposed', 'a.row', 'a.strided']);
    const { dtype, shape, data } = await tensors.get('a.weight')!.read();
    expect([dtype, shape, data.length]).toEqual(['float32', [4, 6], 24]);
    expect((await tensors.get('scalar')!.read()).shape).toEqual([]);
    expect((await tensors.get('ints')!.read()).data).toBeInstanceOf(BigInt64Array);
  });

  it('reads the header only, and each tensor alone when asked', async () => {
    const content = file({ a: float(0, 8), b: float(8, 12) }, raw(Float32Array.of(1, 2, 3)));
    const source = recording(memorySource(content));
    const { tensors } = await openSafetensors(source);
    const dataStart = content.length - 12;
    expect(source.reads).toEqual([
      [0, 8],
      [8, dataStart - 8],
    ]);
    expect(host(await tensors.get('b')!.read())).toEqual({
      dtype: 'float32',
      shape: [1],
      data: Float32Array.of(3),
    });
    expect(source.reads.slice(2)).toEqual([[dataStart + 8, 4]]);
  });

  it.each<[string, ArrayBufferView, string, ArrayLike<number | bigint>]>([
    ['F64', Float64Array.of(-1.5, 2), 'float64', Float64Array.of(-1.5, 2)],
    ['F32', Float32Array.of(-1.5, 2), 'float32', Float32Array.of(-1.5, 2)],
    ['F16', Uint16Array.of(0x3c00, 0xc000), 'float16', Uint16Array.of(0x3c00, 0xc000)],
    ['BF16', Uint16Array.of(0x3f80, 0xc000), 'float32', Float32Array.of(1, -2)],
    ['I64', BigInt64Array.of(-1n, 2n ** 60n), 'int64', BigInt64Array.of(-1n, 2n ** 60n)],
    ['I32', Int32Array.of(-1, 2 ** 30), 'int32', Int32Array.of(-1, 2 ** 30)],
    ['I16', Int16Array.of(-1, 2 ** 14), 'int32', Int32Array.of(-1, 2 ** 14)],
    ['I8', Int8Array.of(-1, 100), 'int32', Int32Array.of(-1, 100)],
    ['U8', Uint8Array.of(255, 1), 'uint8', Uint8Array.of(255, 1)],
    ['BOOL', Uint8Array.of(0, 1), 'bool', Uint8Array.of(0, 1)],
  ])('reads %s', async (code, stored, dtype, expected) => {
    // One byte before it makes the data unaligned.
    const size = stored.byteLength;
    const header = {
      first: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
      x: { dtype: code, shape: [2, 1], data_offsets: [1, 1 + size] },
    };
    const { tensors } = await open(file(header, bytes(7, raw(stored))));
    const x = tensors.get('x')!;
    expect(host(await x.read())).toEqual({ dtype, shape: [2, 1], data: expected });
    const widened = code === 'I16' || code === 'I8';
    expect(x.storedAs).toBe(code === 'BF16' ? 'bfloat16' : dtype);
    expect(await readRange(x)).toEqual(widened ? undefined : raw(stored));
  });

  it('gives elements in memory of their own', async () => {
    const content = file({ x: float(0, 8) }, raw(Float32Array.of(1, 2)));
    const { tensors } = await open(content);
    const { data } = await tensors.get('x')!.read();
    data[0] = 9;
    expect((await tensors.get('x')!.read()).data[0]).toBe(1);
  });

  it('takes any name, also those that objects are made of', async () => {
    const header =
      '{"__proto__":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"constructor":{"dtype":"U8","shape":[0,3],"data_offsets":[1,1]},"__metadata__":{"__proto__":"text"}}';
    const { tensors, metadata } = await open(file(header, zeros(1)));
    expect([...tensors.keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(metadata)).toEqual([['__proto__', 'text']]);
    expect(metadata['toString']).toBeUndefined();
    expect((await tensors.get('constructor')!.read()).shape).toEqual([0, 3]);
  });

  it('opens a file without tensors', async () => {
    expect((await open(file({}))).tensors.size).toBe(0);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', zeros(0), /too few/],
    [
      'an absurd header length',
      bytes(...Array(8).fill(0xff)),
      /18446744073709551615 bytes is beyond the limit/,
    ],
    [
      'a header beyond the file',
      file({ x: float(0, 4) }).slice(0, 20),
      /ends at byte \d+, but the file has 20/,
    ],
    ['invalid JSON', file('{"x":'), /not valid JSON/],
    ['a list for a header', file('[]'), /not a JSON object/],
    ['invalid UTF-8', bytes(2, 0, 0, 0, 0, 0, 0, 0, '"\xff'), /not valid UTF-8/],
    ['metadata of numbers', file({ __metadata__: { a: 1 } }), /__metadata__ "a" must be a string/],
    ['metadata that is a list', file({ __metadata__: [] }), /__metadata__ must be an object/],
    ['a description that is none', file({ x: 1 }), /tensor "x": its description must be an object/],
    [
      'an element type we do not read',
      file({ x: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, zeros(1)),
      /tensor "x": dtype "F8_E4M3" is not one of F64, F32/,
    ],
    [
      'no element type',
      file({ x: { shape: [1], data_offsets: [0, 1] } }, zeros(1)),
      /tensor "x": dtype nothing/,
    ],
    [
      'a negative size',
      file({ x: float(0, 4, [-1]) }, zeros(4)),
      /tensor "x": shape must be a list of integers/,
    ],
    ['a fractional size', file({ x: float(0, 4, [0.5]) }, zeros(4)), /tensor "x": shape must be/],
    ['no shape', file({ x: { dtype: 'F32', data_offsets: [0, 4] } }, zeros(4)), /tensor "x": shape must be/],
    [
      'three offsets',
      file({ x: { ...float(0, 4), data_offsets: [0, 2, 4] } }, zeros(4)),
      /data_offsets must be/,
    ],
    [
      'offsets in the wrong order',
      file({ x: { ...float(0, 4), data_offsets: [4, 0] } }, zeros(4)),
      /begin <= end/,
    ],
    [
      'offsets that disagree with the shape',
      file({ x: float(0, 4, [2]) }, zeros(4)),
      /tensor "x": F32 \[2\] takes 8 bytes, but data_offsets \[0, 4\] hold 4/,
    ],
    [
      'a size beyond all bounds',
      file({ x: float(0, 4, [2 ** 52, 2 ** 52]) }, zeros(4)),
      /tensor "x": F32 .* takes/,
    ],
    [
      'tensors that overlap',
      file({ x: float(0, 8), y: float(4, 12) }, zeros(12)),
      /tensor "y" begins at byte 4 of the data and overlaps .* must begin at 8/,
    ],
    ['a tensor twice', file({ x: float(0, 4), y: float(0, 4) }, zeros(4)), /tensor "y" .* overlaps/],
    [
      'a hole',
      file({ x: float(0, 4), y: float(8, 12) }, zeros(12)),
      /tensor "y" begins at byte 8 of the data and leaves a hole .* must begin at 4/,
    ],
    ['a hole at the start', file({ x: float(4, 8) }, zeros(8)), /tensor "x" .* must begin at 0/],
    [
      'data beyond the file',
      file({ x: float(0, 8) }, zeros(7)),
      /tensor "x" ends at byte 8 .* has 7: it is truncated/,
    ],
    ['bytes after the last tensor', file({ x: float(0, 8) }, zeros(9)), /1 bytes follow the last tensor/],
    [
      'a name twice',
      file(
        '{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0078":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}',
        zeros(2),
      ),
      /names "x" twice/,
    ],
    [
      'a field twice',
      file('{"x":{"dtype":"U8","shape":[1], "shape" :[2],"data_offsets":[0,2]}}', zeros(2)),
      /names "shape" twice/,
    ],
  ])('refuses %s', async (_, content, message) => {
    expect(await failure(content)).toMatch(message);
  });

  it('does not take a text for a key, nor the keys of two objects for one', async () => {
    const header = {
      __metadata__: { a: '"a":', b: 'a', 'c\\"': '{"x":[' },
      x: float(0, 4),
      y: float(4, 8),
    };
    expect((await open(file(header, zeros(8)))).tensors.size).toBe(2);
  });

  it.each(['{"x":%}', '{"x":{"dtype":%}}', '{"x":{"dtype":"U8","shape":%}}', '{"__metadata__":{"x":%}}'])(
    'refuses a header nested beyond reason: %s',
    async (header) => {
      const nested = header.replace('%', () => '['.repeat(100_000) + ']'.repeat(100_000));
      expect(await failure(file(nested))).toMatch(/"x"/);
    },
  );

  it('refuses a file cut anywhere', async () => {
    const source = await goldenSource('expected.safetensors');
    const whole = await source.read(0, source.size);
    for (let length = 0; length < whole.length; length++) await failure(whole.slice(0, length));
  });

  it('survives any flipped bit: the file is refused or has tensors that can be read', async () => {
    const header = {
      __metadata__: { k: 'v' },
      x: float(0, 8, [2, 1]),
      yy: { dtype: 'BOOL', shape: [1], data_offsets: [8, 9] },
    };
    const whole = file(header, zeros(9));
    let refused = 0;
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const { tensors } = await open(flipped);
        for (const tensor of tensors.values()) {
          const { shape, data } = await tensor.read();
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
      } catch (error) {
        expect(error).toBeInstanceOf(FileFormatError);
        refused++;
      }
    }
    // All but the flips inside texts and data are caught.
    expect(refused).toBeGreaterThan(whole.length * 4);
  });
});

const tensor: fc.Arbitrary<HostTensor> = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }) => {
    const data = allocate(
      dtype,
      shape.reduce((product, size) => product * size, 1),
    );
    const content = bytesOf(data);
    for (let index = 0; index < content.length; index++) {
      // Bytes that no NaN has, since NaNs are not equal to themselves.
      content[index] = dtype === 'bool' ? (seed + index) % 2 : (seed + index * 7) % 0x40;
    }
    return { dtype, shape, data };
  });

describe('encodeSafetensors', () => {
  it('writes what it reads', async () => {
    const names = fc.string({ unit: 'grapheme', maxLength: 8 }).filter((name) => name !== '__metadata__');
    const entries = fc.uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 6 });
    const texts = fc.dictionary(fc.string({ maxLength: 6 }), fc.string({ unit: 'grapheme' }), { maxKeys: 3 });
    await fc.assert(
      fc.asyncProperty(entries, texts, async (written, metadata) => {
        const read = await open(await collect(encodeSafetensors(written, metadata)));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect([...read.tensors.keys()].sort()).toEqual(written.map(([name]) => name).sort());
        for (const [name, expected] of written) {
          const stored = read.tensors.get(name)!;
          expect(host(await stored.read())).toEqual(host(expected));
          expect(await readRange(stored)).toEqual(bytesOf(expected.data));
          // Aligned, so that it can be mapped.
          expect(stored.range!.offset % bytesPerElement(expected.dtype)).toBe(0);
        }
      }),
    );
  });

  it('yields the header first, padded with spaces to eight bytes, then the data without copying', async () => {
    const data = Float32Array.of(1, 2);
    const chunks: Uint8Array[] = [];
    for await (const chunk of encodeSafetensors([['x', { dtype: 'float32', shape: [2], data }]], {
      a: 'b',
    })) {
      chunks.push(chunk);
    }
    expect(chunks.length).toBe(2);
    expect(new TextDecoder().decode(chunks[0]!.slice(8))).toBe(
      '{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'.padEnd(80),
    );
    expect(chunks[0]![0]).toBe(80);
    expect(chunks[1]!.buffer).toBe(data.buffer);
  });

  it('fetches a stored tensor only when its turn comes', async () => {
    const log: string[] = [];
    const lazy = (name: string): [string, TensorSource] => [
      name,
      {
        dtype: 'uint8',
        shape: [1],
        read: async () => {
          log.push(`read ${name}`);
          return { dtype: 'uint8', shape: [1], data: Uint8Array.of(1) };
        },
      },
    ];
    for await (const chunk of encodeSafetensors([lazy('a'), lazy('b')])) log.push(`${chunk.length} bytes`);
    expect(log).toEqual(['120 bytes', 'read a', '1 bytes', 'read b', '1 bytes']);
  });

  it('writes tensors that come in pieces', async () => {
    const pieces = {
      dtype: 'int32',
      shape: [2],
      chunks: [Uint8Array.of(1, 0, 0), Uint8Array.of(0, 2, 0, 0, 0)],
    } as const;
    const { tensors } = await open(await collect(encodeSafetensors([['x', pieces]])));
    expect((await tensors.get('x')!.read()).data).toEqual(Int32Array.of(1, 2));
  });

  it.each<[string, [string, TensorSource][]]>([
    [
      'a name twice',
      [
        ['x', scalar()],
        ['x', scalar()],
      ],
    ],
    ['the name of the metadata', [['__metadata__', scalar()]]],
    ['an impossible shape', [['x', { ...scalar(), shape: [-1] }]]],
  ])('refuses %s at once', (_, tensors) => {
    expect(() => encodeSafetensors(tensors)).toThrow(ArgumentError);
    expect(() => encodeSafetensors(tensors, { a: 'b' })).toThrow(ArgumentError);
  });

  it.each<[string, TensorSource]>([
    ['too little data', { dtype: 'float32', shape: [2], data: Float32Array.of(1) }],
    ['too many chunks', { dtype: 'uint8', shape: [1], chunks: [zeros(1), zeros(1)] }],
    ['another element type', { dtype: 'uint8', shape: [1], read: async () => scalar() }],
  ])('refuses a tensor with %s', async (_, wrong) => {
    await expect(collect(encodeSafetensors([['x', wrong]]))).rejects.toThrow(/tensor "x"/);
  });

  it('refuses elements in the wrong kind of array', async () => {
    const wrong = { dtype: 'float32', shape: [1], data: Int32Array.of(1) } as unknown as HostTensor;
    await expect(collect(encodeSafetensors([['x', wrong]]))).rejects.toThrow(/Float32Array/);
  });
});

describe('the golden file', () => {
  it('comes back from a round trip as it was', async () => {
    const first = await openSafetensors(await goldenSource('expected.safetensors'));
    const second = await open(await collect(encodeSafetensors(first.tensors, first.metadata)));
    expect({ ...second.metadata }).toEqual({ ...first.metadata });
    for (const [name, stored] of first.tensors) {
      expect(host(await second.tensors.get(name)!.read())).toEqual(host(await stored.read()));
    }
  });

  it('holds half-precision values that float16 can express', async () => {
    const { tensors } = await openSafetensors(await goldenSource('expected.safetensors'));
    const { data } = await tensors.get('half')!.read();
    const { float32ToFloat16 } = await import('../../src/tensor/half.js');
    expect(float16ToFloat32(float32ToFloat16(data as Float32Array))).toEqual(data);
  });
});
