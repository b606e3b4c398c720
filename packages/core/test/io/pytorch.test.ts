import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileFormatError, UnsafePickleError } from '../../src/errors.js';
import {
  type ByteSource,
  memorySource,
  openPyTorch,
  openSafetensors,
  type PickleValue,
  PythonReference,
  type StoredTensor,
  selectStateDict,
} from '../../src/io/index.js';
import { float16ToFloat32 } from '../../src/tensor/half.js';
import {
  bytes,
  fromBase64,
  goldenSource,
  host,
  raw,
  readData,
  readRange,
  recording,
  torchArchive,
  zip,
} from './support.js';
import {
  failure,
  number,
  open,
  openArchive,
  program,
  range,
  storage,
  surviveFlips,
  tensor,
  text,
  tuple,
} from './torch-programs.js';

describe('golden checkpoints', () => {
  async function expectExact(tensors: ReadonlyMap<string, StoredTensor>): Promise<void> {
    const expected = await openSafetensors(await goldenSource('expected.safetensors'));
    expect([...tensors.keys()].sort()).toEqual([...expected.tensors.keys()].sort());
    for (const [name, stored] of tensors) {
      const read = await stored.read();
      expect(read.dtype, name).toBe(stored.dtype);
      expect(read.shape, name).toEqual(stored.shape);
      const wanted = await expected.tensors.get(name)!.read();
      // The expectation holds halves as float32 and Booleans as uint8.
      const data = read.dtype === 'float16' ? float16ToFloat32(read.data as Uint16Array) : read.data;
      expect({ shape: [...read.shape], data }, name).toEqual({ shape: [...wanted.shape], data: wanted.data });
    }
  }

  it('training.pt holds exactly what is expected', async () => {
    const { value } = await openPyTorch(await goldenSource('training.pt'));
    const checkpoint = value as Map<string, PickleValue>;
    await expectExact(selectStateDict(value, { entry: 'model' }));
    await expectExact(selectStateDict(value, { entry: 'ema' }));
    expect([...checkpoint.keys()]).toEqual(['model', 'ema', 'steps', 'args', 'opt']);
    expect(checkpoint.get('steps')).toBe(12345);
    expect(checkpoint.get('args')).toEqual(
      new Map<string, PickleValue>([
        ['lr', 1e-4],
        ['vq_model', 'SoftVQ'],
        ['tau', 0.07],
        ['image_size', 256],
      ]),
    );
    const optimiser = checkpoint.get('opt') as Map<string, Map<number, Map<string, StoredTensor>>>;
    const state = optimiser.get('state')!.get(0)!;
    expect(state.get('exp_avg')!.shape).toEqual([4, 6]);
    expect((await state.get('step')!.read()).shape).toEqual([]);
  });

  it('legacy-format.pt holds exactly what is expected', async () => {
    const { value } = await openPyTorch(await goldenSource('legacy-format.pt'));
    await expectExact(selectStateDict(value));
  });

  it.each(['training.pt', 'legacy-format.pt'])('%s can be mapped where it is contiguous', async (name) => {
    const { value } = await openPyTorch(await goldenSource(name));
    const checkpoint = value as Map<string, PickleValue>;
    const tensors = selectStateDict(checkpoint.get('model') ?? value);
    const unmapped = [...tensors].filter(([, stored]) => stored.range === undefined).map(([key]) => key);
    expect(unmapped).toEqual(['a.transposed', 'a.strided']);
    expect(tensors.get('bf16')!.storedAs).toBe('bfloat16');
    expect(tensors.get('half')!.storedAs).toBe('float16');
    for (const [key, stored] of tensors) {
      const mapped = await readRange(stored);
      if (mapped === undefined || stored.storedAs === 'bfloat16') continue;
      expect(mapped, key).toEqual(raw((await stored.read()).data));
    }
  });

  it('hostile.pt is refused, and nothing in it happens', async () => {
    const error: unknown = await openPyTorch(await goldenSource('hostile.pt')).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UnsafePickleError);
    expect(String(error)).toMatch(/hostile.pt: the pickle asks for posix.system,.*Nothing was executed/);
    expect(existsSync('/tmp/pwned-by-pickle')).toBe(false);
  });

  it.each(['training.pt', 'legacy-format.pt'])('%s is refused when cut anywhere', async (name) => {
    const source = await goldenSource(name);
    const whole = await source.read(0, source.size);
    for (let length = 0; length < whole.length; length++) {
      await failure(open(whole.slice(0, length)));
    }
  });

  it('legacy-format.pt survives any flipped bit: it is refused or has tensors that can be read', async () => {
    const source = await goldenSource('legacy-format.pt');
    const whole = await source.read(0, source.size);
    await surviveFlips(
      whole,
      range(whole.length * 8).filter((bit) => bit % 3 === 0),
    );
  });

  it('reads tensors only when asked, and the bytes of each alone', async () => {
    for (const name of ['training.pt', 'legacy-format.pt']) {
      const source = recording(await goldenSource(name));
      const { value } = await openPyTorch(source);
      const checkpoint = value as Map<string, PickleValue>;
      const stored = selectStateDict(checkpoint.get('model') ?? value).get('a.row')!;
      source.reads.length = 0;
      await stored.read();
      expect(source.reads).toEqual([[stored.range!.offset, 24]]);
    }
  });
});

describe('the zip format', () => {
  const six = Float32Array.of(0, 1, 2, 3, 4, 5);

  it.each<[string, ArrayBufferView, string, string, ArrayLike<number | bigint>]>([
    ['DoubleStorage', Float64Array.of(1.5, -2), 'float64', 'float64', Float64Array.of(1.5, -2)],
    ['FloatStorage', Float32Array.of(1.5, -2), 'float32', 'float32', Float32Array.of(1.5, -2)],
    ['HalfStorage', Uint16Array.of(0x3c00, 0xc000), 'float16', 'float16', Uint16Array.of(0x3c00, 0xc000)],
    ['BFloat16Storage', Uint16Array.of(0x3f80, 0xc000), 'bfloat16', 'float32', Float32Array.of(1, -2)],
    ['LongStorage', BigInt64Array.of(-1n, 2n ** 62n), 'int64', 'int64', BigInt64Array.of(-1n, 2n ** 62n)],
    ['IntStorage', Int32Array.of(-1, 7), 'int32', 'int32', Int32Array.of(-1, 7)],
    ['ShortStorage', Int16Array.of(-1, 7), 'int32', 'int32', Int32Array.of(-1, 7)],
    ['CharStorage', Int8Array.of(-1, 7), 'int32', 'int32', Int32Array.of(-1, 7)],
    ['ByteStorage', Uint8Array.of(255, 7), 'uint8', 'uint8', Uint8Array.of(255, 7)],
    ['BoolStorage', Uint8Array.of(1, 0), 'bool', 'bool', Uint8Array.of(1, 0)],
  ])('has elements of %s, in either byte order', async (type, stored, storedAs, dtype, data) => {
    const pickle = program(tensor(storage(type, '0', 2), 0, [2], [1]));
    const little = (await openArchive(pickle, { 0: stored }, { byteorder: 'little' })) as StoredTensor;
    expect(host(await little.read())).toEqual({ dtype, shape: [2], data });
    expect(little.storedAs).toBe(storedAs);
    const narrow = type === 'ShortStorage' || type === 'CharStorage';
    expect(await readRange(little)).toEqual(narrow ? undefined : raw(stored));
    const swapped = raw(stored).slice();
    const size = stored.byteLength / 2;
    swapped.subarray(0, size).reverse();
    swapped.subarray(size).reverse();
    const big = (await openArchive(pickle, { 0: swapped }, { byteorder: 'big' })) as StoredTensor;
    expect(host(await big.read())).toEqual({ dtype, shape: [2], data });
    expect(big.range).toBeUndefined();
  });

  it('shares storages and gathers views of any strides', async () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    const view = shape.chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        strides: fc.tuple(...sizes.map(() => fc.integer({ min: 0, max: 7 }))),
        offset: fc.integer({ min: 0, max: 20 }),
      }),
    );
    const types = fc.constantFrom(
      'FloatStorage',
      'HalfStorage',
      'LongStorage',
      'ByteStorage',
      'ShortStorage',
    );
    await fc.assert(
      fc.asyncProperty(view, types, async ({ sizes, strides, offset }, type) => {
        const count = 21 + 4 * 3 * 7;
        const values = range(count);
        const stored = {
          FloatStorage: Float32Array.from(values),
          HalfStorage: Uint16Array.from(values),
          LongStorage: BigInt64Array.from(values, BigInt),
          ByteStorage: Uint8Array.from(values),
          ShortStorage: Int16Array.from(values),
        }[type]!;
        const pickle = program(tensor(storage(type, '0', count), offset, sizes, strides));
        const read = await ((await openArchive(pickle, { 0: stored })) as StoredTensor).read();
        const expected: number[] = [];
        const walk = (axis: number, at: number): void => {
          if (axis === sizes.length) expected.push(at);
          else for (let index = 0; index < sizes[axis]!; index++) walk(axis + 1, at + index * strides[axis]!);
        };
        walk(0, offset);
        expect(read.shape).toEqual(sizes);
        expect(Array.from(read.data as ArrayLike<number | bigint>, Number)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('has a range exactly where a view is contiguous', async () => {
    const views: [number, number[], number[], [offset: number, length: number] | undefined][] = [
      [0, [2, 3], [3, 1], [0, 24]],
      [3, [3], [1], [12, 12]],
      [2, [2, 1, 2], [2, 99, 1], [8, 16]],
      [5, [], [], [20, 4]],
      [4, [0, 3], [3, 1], [16, 0]],
      [0, [3, 2], [1, 3], undefined],
      [0, [3], [2], undefined],
      [0, [4], [0], undefined],
    ];
    const list = bytes(
      '](',
      ...views.map(([offset, shape, strides]) =>
        tensor(storage('FloatStorage', '0', 6), offset, shape, strides),
      ),
      'e',
    );
    const tensors = (await openArchive(program(list), { 0: six })) as StoredTensor[];
    const start = tensors[0]!.range!.offset;
    expect(tensors.map(({ range }) => range && [range.offset - start, range.length])).toEqual(
      views.map(([, , , expected]) => expected),
    );
  });

  it('may be compressed, but then has no ranges', async () => {
    const large = Float32Array.from({ length: 100_000 }, (_, index) => index % 10);
    const pickle = program(tensor(storage('FloatStorage', '0', 100_000), 90_000, [10], [1]));
    const stored = (await openArchive(pickle, { 0: large }, {}, { compress: true })) as StoredTensor;
    expect(stored.range).toBeUndefined();
    expect((await stored.read()).data).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  });

  it('gives tensors whose memory is their own', async () => {
    const stored = (await openArchive(program(tensor(storage('FloatStorage', '0', 6), 0, [6], [1])), {
      0: six,
    })) as StoredTensor;
    (await stored.read()).data[0] = 9;
    expect((await stored.read()).data[0]).toBe(0);
  });

  it('may hold a storage itself', async () => {
    const stored = (await openArchive(program(storage('FloatStorage', '0', 6)), { 0: six })) as StoredTensor;
    expect(host(await stored.read())).toEqual({ dtype: 'float32', shape: [6], data: six });
  });

  it.each([1, 2, 3, 4, 5])('is understood as CPython pickles it, protocol %d', async (protocol) => {
    const { checkpoint } = await readData<{ checkpoint: string[] }>('cpython-pickles.json');
    const value = (await openArchive(fromBase64(checkpoint[protocol - 1]!), { 0: six })) as Map<
      string,
      PickleValue
    >;
    expect(value.get('shape')).toEqual([2, 3]);
    expect(value.get('device')).toBe('cuda:1');
    expect(value.get('epoch')).toBe(7);
    const model = selectStateDict(value);
    expect([...model.keys()]).toEqual(['weight', 'transposed', 'last']);
    expect(host(await model.get('weight')!.read())).toEqual({ dtype: 'float32', shape: [2, 3], data: six });
    expect(host(await model.get('transposed')!.read())).toEqual({
      dtype: 'float32',
      shape: [3, 2],
      data: Float32Array.of(0, 3, 1, 4, 2, 5),
    });
    expect(host(await model.get('last')!.read())).toEqual({
      dtype: 'float32',
      shape: [],
      data: Float32Array.of(5),
    });
  });

  it('keeps the names of element types', async () => {
    const value = await openArchive(program(bytes('ctorch\nbfloat16\n')), {});
    expect((value as PythonReference).name).toBe('torch.bfloat16');
    expect(value).toBeInstanceOf(PythonReference);
  });

  const one = storage('FloatStorage', '0', 6);
  it.each<[string, Uint8Array, RegExp]>([
    ['a view beyond its storage', tensor(one, 1, [6], [1]), /ends at element 7 of a storage of 6/],
    ['an offset beyond its storage', tensor(one, 7, [0], [1]), /ends at element 7/],
    ['strides beyond its storage', tensor(one, 0, [2, 2], [2 ** 30, 1]), /ends at element 1073741826/],
    ['a negative offset', tensor(one, -1, [1], [1]), /offset of a tensor/],
    ['a negative size', tensor(one, 0, [-1], [1]), /list of at most 64 sizes/],
    ['a negative stride', tensor(one, 0, [1], [-1]), /list of at most 64 sizes/],
    ['65 axes', tensor(one, 0, Array(65).fill(1), Array(65).fill(1)), /list of at most 64 sizes/],
    ['too few strides', tensor(one, 0, [1, 1], [1]), /shape \[1,1\] has 1 strides/],
    ['a storage repeated without end', tensor(one, 0, [2 ** 30, 2 ** 30], [0, 0]), /repeats the 6 elements/],
    ['no storage', tensor(bytes('N'), 0, [1], [1]), /None where a storage must be/],
    [
      'a storage that is missing',
      tensor(storage('FloatStorage', '1', 6), 0, [1], [1]),
      /storage 1 is missing/,
    ],
    [
      'a storage of another size',
      tensor(storage('FloatStorage', '0', 5), 0, [1], [1]),
      /takes 20 bytes, but has 24/,
    ],
    [
      'a storage outside the archive',
      tensor(storage('FloatStorage', '../data.pkl', 6), 0, [1], [1]),
      /is missing/,
    ],
    ['a negative storage', tensor(storage('FloatStorage', '0', -6), 0, [1], [1]), /for its length/],
    [
      'a storage class that is none',
      bytes(tuple(text('storage'), bytes('ctorch\nfloat32\n'), text('0'), text('cpu'), number(6)), 'Q'),
      /torch.float32 is no storage class/,
    ],
    [
      'a storage without a key',
      bytes(tuple(text('storage'), bytes('ctorch\nFloatStorage\n'), number(0), text('cpu'), number(6)), 'Q'),
      /for a key/,
    ],
    ['a reference to something else', bytes(tuple(text('module')), 'Q'), /refers to "module"/],
    ['a reference that is no tuple', bytes('NQ'), /None where a tuple must be/],
    ['a parameter without a tensor', bytes('ctorch._utils\n_rebuild_parameter\nN\x85R'), /a tensor must be/],
    ['a size that is none', bytes('ctorch\nSize\nN\x85R'), /list of at most 64 sizes/],
    ['a device that is none', bytes('ctorch\ndevice\nN\x85R'), /a device must be/],
    [
      'a tensor of a class that rebuilds nothing',
      bytes(
        'ctorch._tensor\n_rebuild_from_type_v2\n',
        tuple(bytes('ctorch\nSize\n'), bytes('N'), bytes(')'), bytes('N')),
        'R',
      ),
      /a function that makes a tensor/,
    ],
  ])('is refused for %s', async (_, value, message) => {
    const error = await failure(openArchive(program(value), { 0: six }));
    expect(error.message).toMatch(message);
    expect(error).not.toBeInstanceOf(UnsafePickleError);
  });

  it.each<[string, Record<string, string | Uint8Array>, RegExp]>([
    ['no pickle', { version: '3' }, /one data.pkl; this one has 0/],
    ['a member outside the archive', { 'data.pkl': 'N.', '../../data/0': '' }, /Unsafe filename/],
    ['a program', { 'data.pkl': 'N.', 'constants.pkl': 'N.' }, /TorchScript program/],
    [
      'a byte order that is none',
      { 'data.pkl': 'N.', byteorder: 'middle' },
      /byteorder must be little or big, not "middle"/,
    ],
    ['bytes after the pickle', { 'data.pkl': 'N.N' }, /1 bytes follow the end of the pickle/],
    ['a pickle that does not end', { 'data.pkl': 'N' }, /the pickle is truncated/],
  ])('is refused with %s', async (_, members, message) => {
    expect((await failure(open(await torchArchive(members)))).message).toMatch(message);
  });

  it('is refused with two pickles', async () => {
    const content = await zip({ 'one/data.pkl': 'N.', 'two/data.pkl': 'N.' });
    expect((await failure(open(content))).message).toMatch(/one data.pkl; this one has 2/);
  });

  it('is refused when its pickle does not match its checksum', async () => {
    const whole = await torchArchive({ 'data.pkl': 'K\x01.', version: '3\n' });
    const at = Buffer.from(whole).indexOf('K\x01.', 0, 'latin1');
    whole[at + 1] = 2;
    expect((await failure(open(whole))).message).toMatch(/data.pkl.*cannot be read: Invalid CRC32/);
  });

  it('survives any flipped bit: it is refused or gives the right elements', async () => {
    const pickle = program(tensor(storage('FloatStorage', '0', 6), 0, [2, 3], [3, 1]));
    const whole = await torchArchive({ 'data.pkl': pickle, 'data/0': raw(six), version: '3\n' });
    // The elements themselves have no checksum that would be verified: a flip there is another value.
    const start = Buffer.from(whole).indexOf(raw(six));
    let refused = 0;
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      const byte = bit >> 3;
      if (byte >= start && byte < start + six.byteLength) continue;
      const flipped = whole.slice();
      flipped[byte]! ^= 1 << (bit & 7);
      const result: unknown = await open(flipped)
        .then((value) => (value as StoredTensor).read())
        .catch((reason: unknown) => reason);
      if (result instanceof FileFormatError) refused++;
      else expect(result, `bit ${bit}`).toEqual({ dtype: 'float32', shape: [2, 3], data: six });
    }
    expect(refused).toBeGreaterThan(whole.length);
  });

  it('passes on the error of a source that fails', async () => {
    const whole = await torchArchive({ 'data.pkl': 'N.', version: '3\n' });
    const failing: ByteSource = {
      ...memorySource(whole, 'test.pt'),
      read: async (offset, length) => {
        if (length > 4) throw new Error('the network is down');
        return whole.subarray(offset, offset + length);
      },
    };
    await expect(openPyTorch(failing)).rejects.toThrow('the network is down');
    await expect(openPyTorch(failing)).rejects.not.toBeInstanceOf(FileFormatError);
  });
});

describe('openPyTorch', () => {
  it.each<[string, Uint8Array]>([
    ['an empty file', new Uint8Array(0)],
    ['a text', bytes('weights')],
    ['an empty archive', bytes('PK\x05\x06', new Uint8Array(18))],
  ])('refuses %s', async (_, content) => {
    expect((await failure(open(content))).message).toMatch(/no PyTorch checkpoint/);
  });

  it('closes its source', async () => {
    let closed = 0;
    const source = await goldenSource('training.pt');
    const opened = await openPyTorch({
      ...source,
      close: async () => {
        closed += 1;
      },
    });
    expect(closed).toBe(0);
    await opened.close();
    expect(closed).toBe(1);
  });
});
