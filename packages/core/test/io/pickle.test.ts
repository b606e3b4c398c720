import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FileFormatError, UnsafePickleError } from '../../src/errors.js';
import { memorySource, type PickleValue, PythonReference, type StoredTensor } from '../../src/io/index.js';
import { numpyGlobals } from '../../src/io/numpy/pickled-numpy.js';
import { EndOfPickle } from '../../src/io/pickle/cursor.js';
import { type PickleEnvironment, unpickle } from '../../src/io/pickle/machine.js';
import { pythonGlobals } from '../../src/io/pickle/python-globals.js';
import { readPickle } from '../../src/io/pickle/read.js';
import { bytes, fromBase64, host, readData } from './support.js';

const file = 'test.pkl';
const environment: PickleEnvironment = {
  file,
  globals: new Map([...pythonGlobals(file), ...numpyGlobals(file), ['torch.float32', null]]),
  persistentLoad: (id) => [id],
};

const run = (...parts: (number | string | Uint8Array)[]) => unpickle(bytes(...parts), environment).value;
const read = async (...parts: (number | string | Uint8Array)[]) =>
  (await readPickle(memorySource(bytes(...parts)), 0, environment)).value;

const pickles = await readData<Record<'plain' | 'arrays', string[]>>('cpython-pickles.json');

/** Entries of a dictionary as a plain object, for comparisons. */
function record(value: PickleValue | undefined): Record<string, PickleValue> {
  expect(value).toBeInstanceOf(Map);
  return Object.fromEntries(value as Map<string, PickleValue>);
}

describe('what CPython pickles', () => {
  it.each(pickles.plain.map((text, protocol) => [protocol, text] as const))(
    'comes back whole in protocol %d',
    async (protocol, text) => {
      const content = fromBase64(text);
      const { value, end } = await readPickle(memorySource(content), 0, environment);
      expect(end).toBe(content.length);
      const made = record(value);
      expect(made['none']).toBeNull();
      expect(made['booleans']).toEqual([true, false]);
      expect(made['integers']).toEqual([0, 255, 256, 65536, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1]);
      expect(made['long']).toEqual([2n ** 53n, -(2n ** 53n), 2n ** 70n, -(2n ** 70n), 2n ** 2000n]);
      expect(made['floats']).toEqual([0, 1.5, -2.5e-300, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
      expect(made['nan']).toBeNaN();
      expect(made['text']).toBe('h\u00e9llo \u4e2d\u{1f600}\n\\u0041 \'quoted\' "twice" \r\t');
      expect(made['bytes']).toEqual(Uint8Array.of(0, 0x80, 0xff, 0x27, 0x0a));
      expect(made['empty bytes']).toEqual(new Uint8Array(0));
      expect(made['bytearray']).toEqual(Uint8Array.of(1, 2));
      expect(made['nested']).toEqual([1, [2, [3, []]]]);
      expect(made['tuples']).toEqual([[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]);
      expect(made['set']).toEqual(new Set([1, 'two']));
      expect(made['frozenset']).toEqual(new Set([3]));
      expect(made['shared']).toEqual([['shared'], ['shared']]);
      const [first, second] = made['shared'] as PickleValue[];
      expect(first).toBe(second);
      // biome-ignore format: one entry a line would hide that they differ in the type of their key.
      expect(made['keys']).toEqual(new Map<PickleValue, string>([[1, 'number'], ['1', 'text']]));
      expect([...(made['ordered'] as Map<string, number>)]).toEqual([
        ['z', 1],
        ['a', 2],
      ]);
      expect(made['factory']).toEqual(new Map([['a', [1]]]));
      expect(record(made['namespace'])).toEqual({ lr: 0.1, name: 'run', betas: [0.9, 0.95] });
      expect(record(made['simple'])).toEqual({ a: 1 });
      expect(made['path']).toBe('/data/train');
      expect(made['relative']).toBe('data/train');
      expect(made['long list']).toEqual([...Array(1100).keys()]);
      expect((made['long dictionary'] as Map<string, number>).size).toBe(1100);
      expect((made['long dictionary'] as Map<string, number>).get('key 1099')).toBe(1099);
      expect(protocol).toBeLessThan(6);
    },
  );

  it.each([2, 3, 4, 5])('includes numpy arrays and scalars, protocol %d', async (protocol) => {
    const content = fromBase64(pickles.arrays[protocol - 2]!);
    const made = record(await read(content));
    expect(made['scalars']).toEqual([Math.fround(0.1), 0.1, 0.5, 2n ** 60n, -3, true]);
    const array = async (name: string) => host(await (made[name] as StoredTensor).read());
    const table = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) };
    expect(await array('row major')).toEqual(table);
    expect(await array('column major')).toEqual(table);
    expect(await array('big endian')).toEqual(table);
    expect(await array('int64')).toEqual({
      dtype: 'int64',
      shape: [2],
      data: BigInt64Array.of(2n ** 40n, -1n),
    });
    expect(await array('int8')).toEqual({ dtype: 'int32', shape: [2], data: Int32Array.of(-128, 127) });
    expect(await array('scalar array')).toEqual({ dtype: 'float64', shape: [], data: Float64Array.of(2.5) });
    expect(await array('empty')).toEqual({ dtype: 'float64', shape: [0, 4], data: new Float64Array(0) });
    expect(await array('bool')).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
  });

  it('includes arrays of numpy before version 2', async () => {
    const text = Buffer.from(fromBase64(pickles.arrays[0]!)).toString('latin1');
    const made = record(await read(text.replaceAll('numpy._core', 'numpy.core')));
    expect(text).toContain('cnumpy._core.multiarray\n_reconstruct');
    expect((await (made['row major'] as StoredTensor).read()).data).toEqual(
      Float32Array.of(0, 1, 2, 3, 4, 5),
    );
  });

  it('is refused when cut anywhere', () => {
    for (const text of pickles.arrays) {
      const whole = fromBase64(text);
      for (let length = 0; length < whole.length; length++) {
        expect(() => unpickle(whole.slice(0, length), environment)).toThrow(EndOfPickle);
      }
    }
  });

  it('survives any flipped bit: it is refused or gives a value', () => {
    for (const text of pickles.arrays) {
      const whole = fromBase64(text);
      for (let bit = 0; bit < whole.length * 8; bit++) {
        const flipped = whole.slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        outcome(flipped);
      }
    }
  });
});

/** Runs a pickle that may be anything. Throws what no pickle may cause. */
function outcome(content: Uint8Array): 'value' | 'refused' | 'truncated' {
  try {
    unpickle(content, environment);
    return 'value';
  } catch (error) {
    if (error instanceof EndOfPickle) return 'truncated';
    if (error instanceof FileFormatError) return 'refused';
    throw error;
  }
}

describe('single instructions', () => {
  it.each<[string, (number | string)[], PickleValue]>([
    ['INT of protocol 0', ['I-5\n.'], -5],
    ['INT as a boolean', ['I01\n.'], true],
    ['LONG', ['L9007199254740993L\n.'], 9007199254740993n],
    ['FLOAT', ['F1e3\n.'], 1000],
    ['STRING', ["S'a\\x41\\n\\\\\\'\\101'\n."], "aA\n\\'A"],
    ['STRING in double quotes', ['S"it\'s"\n.'], "it's"],
    ['BINSTRING of Python 2', ['T', 2, 0, 0, 0, '\x80\xff.'], '\x80\xff'],
    ['SHORT_BINSTRING of Python 2', ['U', 1, '\x90.'], '\x90'],
    ['UNICODE', ['V\\u00e9\\U0001f600\\n\n.'], '\u00e9\u{1f600}\\n'],
    ['LONG1 of no bytes', [0x8a, 0, '.'], 0],
    ['LONG1 of a negative number', [0x8a, 2, 0, 0x80, '.'], -32768],
    ['LONG4', [0x8b, 1, 0, 0, 0, 5, '.'], 5],
    ['BINUNICODE8', [0x8d, 2, 0, 0, 0, 0, 0, 0, 0, 'ab.'], 'ab'],
    ['BINBYTES8', [0x8e, 1, 0, 0, 0, 0, 0, 0, 0, 'a.'], Uint8Array.of(0x61)],
    ['DICT', ['(K', 1, 'K', 2, 'd.'], new Map([[1, 2]])],
    ['LIST', ['(K', 1, 'l.'], [1]],
    ['DUP', ['K', 1, '2\x86.'], [1, 1]],
    ['POP', ['K', 1, 'K', 2, '0.'], 1],
    ['POP of a mark', ['K', 1, '(0.'], 1],
    ['POP_MARK', ['K', 1, '(K', 2, 'K', 3, '1.'], 1],
    ['a memo entry of None', ['Nq', 0, '0h', 0, '.'], null],
    ['LONG_BINPUT and LONG_BINGET', ['K', 7, 'r', 0, 0, 1, 0, '0j', 0, 0, 1, 0, '.'], 7],
    ['MEMOIZE', [0x80, 4, 'K', 7, 0x94, '0h', 0, '.'], 7],
    ['PERSID', ['Pkey\n.'], ['key']],
    ['BINPERSID', ['K', 1, 'Q.'], [1]],
    ['INST', ['(icollections\nOrderedDict\n.'], new Map()],
    ['OBJ', ['(c__builtin__\nset\n](K', 1, 'eo.'], new Set([1])],
    ['NEWOBJ_EX', ['cargparse\nNamespace\n)}', 0x92, '}U', 1, 'aK', 1, 'sb.'], new Map([['a', 1]])],
    ['FRAME', [0x95, 2, 0, 0, 0, 0, 0, 0, 0, 'N.'], null],
  ])('%s', (_, parts, expected) => {
    expect(run(...parts)).toEqual(expected);
  });

  it('keep a name that is not called', () => {
    const value = run('ctorch\nfloat32\n.');
    expect(value).toBeInstanceOf(PythonReference);
    expect((value as PythonReference).name).toBe('torch.float32');
  });

  it('ignore the attributes of an ordered dictionary', () => {
    expect(run('ccollections\nOrderedDict\n)R}U', 9, '_metadataNsb.')).toEqual(new Map());
  });
});

describe('a pickle that asks for anything else', () => {
  it.each([
    'posix.system',
    'nt.system',
    'os.system',
    'subprocess.Popen',
    'builtins.eval',
    'builtins.exec',
    'builtins.getattr',
    'builtins.__import__',
    '__builtin__.eval',
    'importlib.import_module',
    'operator.attrgetter',
    'torch.load',
    'torch.hub.load',
    'numpy.load',
    'collections.OrderedDict.fromkeys',
    'collections.__class__',
    '__proto__.constructor',
    'constructor.constructor',
  ])('is refused by name: %s', (name) => {
    const dot = name.lastIndexOf('.');
    const [module, member] = [name.slice(0, dot), name.slice(dot + 1)];
    const programs = [
      bytes(`c${module}\n${member}\n(U`, 2, 'lstR.'),
      bytes(`(i${module}\n${member}\n.`),
      bytes(0x8c, module.length, module, 0x8c, member.length, member, 0x93, '.'),
    ];
    for (const program of programs) {
      expect(() => run(program)).toThrow(UnsafePickleError);
      expect(() => run(program)).toThrow(`asks for ${name},`);
      expect(() => run(program)).toThrow('Nothing was executed');
    }
  });

  it.each<[string, (number | string)[]]>([
    ['a call of a name that is only a name', ['ctorch\nfloat32\n)R.']],
    ['a call of a text', ['U', 4, 'eval)R.']],
    ['a call of a list', [']]\x81.']],
    ['a call of nothing', ['(o.']],
    ['the extension registry', [0x82, 1, '.']],
    ['the extension registry, two bytes', [0x83, 1, 0, '.']],
    ['the extension registry, four bytes', [0x84, 1, 0, 0, 0, '.']],
  ])('is refused: %s', (_, parts) => {
    expect(() => run(...parts)).toThrow(UnsafePickleError);
  });
});

describe('a malformed pickle', () => {
  it.each<[string, (number | string)[]]>([
    ['nothing on the stack', ['.']],
    ['a protocol of the future', [0x80, 6, 'N.']],
    ['an unknown instruction', [0xff, '.']],
    ['an out-of-band buffer', [0x97, '.']],
    ['a list below a mark', [']N(a.']],
    ['a mark that was not set', ['Nt.']],
    ['an empty memo entry', ['h', 0, '.']],
    ['a memo entry that is no number', ['gx\n.']],
    ['items appended to a text', ['U', 1, 'aNa.']],
    ['items set in a list', [']NNs.']],
    ['items added to a list', [0x5d, '(N', 0x90, '.']],
    ['a key without a value', ['}(Nu.']],
    ['attributes of a list', [']Nb.']],
    ['attributes of None', ['NNb.']],
    ['attributes that are no dictionary', ['cargparse\nNamespace\n)RNb.']],
    ['a name that is no text', ['NN', 0x93, '.']],
    ['arguments that are no tuple', ['ccollections\nOrderedDict\nNR.']],
    ['pairs that are none', ['ccollections\nOrderedDict\n](]e\x85R.']],
    ['a set of a number', ['c__builtin__\nset\nK', 1, '\x85R.']],
    ['keyword arguments', ['cargparse\nNamespace\n)}U', 1, 'aNs', 0x92, '.']],
    ['no class to reconstruct', ['ccopy_reg\n_reconstructor\nN\x85R.']],
    ['bytes that are no bytes', ['c_codecs\nencode\nN\x85R.']],
    ['bytes beyond latin-1', ['c_codecs\nencode\nV\\u0100\n\x85R.']],
    ['a path of numbers', ['cpathlib\nPosixPath\nK', 1, '\x85R.']],
    ['an integer of letters', ['Ix\n.']],
    ['a float of letters', ['Fx\n.']],
    ['a text without quotes', ['Sx\n.']],
    ['a character beyond Unicode', ['V\\U00110000\n.']],
    ['an integer of negative length', [0x8b, 255, 255, 255, 255, '.']],
    ['a numpy dtype that is none', ['cnumpy\ndtype\nN\x85R.']],
    ['a numpy scalar without a dtype', ['cnumpy.core.multiarray\nscalar\nNN\x86R.']],
    [
      'a numpy scalar of too few bytes',
      ['cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\nU', 2, 'f4\x85RU', 1, 'atR.'],
    ],
    [
      'a numpy scalar of an unknown kind',
      ['cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\nU', 2, 'O8\x85RU', 1, 'atR.'],
    ],
  ])('is refused: %s', (_, parts) => {
    expect(() => run(...parts)).toThrow(FileFormatError);
    expect(() => run(...parts)).not.toThrow(UnsafePickleError);
  });

  it('says where', () => {
    expect(() => run('NN', 0xff)).toThrow(
      /^test.pkl: malformed pickle before byte 3: 0xff is not an instruction/,
    );
  });
});

describe('a pickle made to exhaust the memory', () => {
  const long = (length: number) =>
    bytes(length & 255, (length >> 8) & 255, (length >> 16) & 255, length >> 24);

  it.each<[string, (number | string | Uint8Array)[]]>([
    ['a text of 2⁶³ bytes', [0x8d, 0, 0, 0, 0, 0, 0, 0, 0x80, 'a.']],
    ['bytes of 4 GB', ['B', 255, 255, 255, 255, 'a.']],
    ['a bytearray of 2⁴⁰ bytes', [0x96, 0, 0, 0, 0, 0, 1, 0, 0, '.']],
  ])('is truncated, not believed: %s', async (_, parts) => {
    await expect(read(...parts)).rejects.toThrow(/the pickle is truncated/);
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    [
      'an integer of a megabyte',
      () => bytes(0x8b, long(2 ** 20), new Uint8Array(2 ** 20), '.'),
      /an integer of/,
    ],
    ['a decimal of a megabyte', () => bytes(`L${'9'.repeat(2 ** 20)}\n.`), /is not an integer/],
    ['millions of instructions', () => bytes('N0'.repeat(2 ** 23), 'N.'), /more than 16777216 instructions/],
    ['millions of lists', () => bytes(']0'.repeat(2 ** 20 + 1), 'N.'), /more than 1048576 containers/],
    [
      'millions of lists on the stack',
      () => bytes(']'.repeat(2 ** 20 + 1), '.'),
      /more than 1048576 containers/,
    ],
    [
      'millions of memo entries',
      () => bytes('N', new Uint8Array(2 ** 22 + 1).fill(0x94), '.'),
      /remembers more than 4194304/,
    ],
    ['a memo entry far away', () => bytes('Nr', 255, 255, 255, 255, '.'), /remembers more than/],
    ['a memo entry far away, in text', () => bytes('Np999999999\n.'), /remembers more than/],
    [
      // One list of 5,000 pairs, made into a dictionary again and again.
      'the same list copied often',
      () =>
        bytes(
          '](',
          ']NaNaq\x01',
          'h\x01'.repeat(5000),
          'eq\x02',
          'ccollections\nOrderedDict\nq\x030',
          'h\x03h\x02\x85R0'.repeat(10_000),
          'N.',
        ),
      /more to copy than any checkpoint needs/,
    ],
    [
      'the same text copied often',
      () =>
        bytes(
          'X',
          long(2 ** 20),
          'a'.repeat(2 ** 20),
          'q\x01',
          'c_codecs\nencode\nh\x01\x85R0'.repeat(1000),
          'N.',
        ),
      /more to copy/,
    ],
    ['a list in itself', () => bytes(']q\x01h\x01a.'), /contains itself/],
    ['a dictionary in a list in it', () => bytes('}q\x01K\x01]h\x01as.'), /contains itself/],
    ['lists nested deeply', () => bytes(']'.repeat(300), 'a'.repeat(299), '.'), /nested more than 256 deep/],
    [
      'lists nested deeply through the memo',
      () => bytes(']q\x01', `0]h\x01aq\x01`.repeat(300), '.'),
      /nested more than 256 deep/,
    ],
    [
      'a small graph that unfolds into 2¹⁰⁰ objects',
      () => bytes(']q\x01', '0]h\x01ah\x01aq\x01'.repeat(100), '.'),
      /unfolds to more than/,
    ],
  ])('is refused: %s', async (_, make, message) => {
    const program = make();
    await expect(read(program)).rejects.toThrow(FileFormatError);
    await expect(read(program)).rejects.toThrow(message);
  });

  it('does not stop a checkpoint of honest size', async () => {
    const lists = '(K\x01K\x02K\x03e';
    const program = bytes('](', `]${lists}`.repeat(100_000), 'e.');
    expect(((await read(program)) as PickleValue[]).length).toBe(100_000);
    const nested = bytes(']'.repeat(256), 'a'.repeat(255), '.');
    expect(await read(nested)).toBeInstanceOf(Array);
  });
});

describe('any bytes at all', () => {
  it('give a value or an error of ours', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
        expect(['value', 'refused', 'truncated']).toContain(outcome(content));
      }),
      { numRuns: 2000 },
    );
  });

  it('give a value or an error of ours when they are plausible instructions', () => {
    const instructions =
      '()]}\x8f.0122aaebuustlRQ\x81\x85\x86\x87\x88\x89\x90\x91\x92\x93\x94NK\x01h\x00q\x00U\x01a';
    const names = [
      'ccollections\nOrderedDict\n',
      'cargparse\nNamespace\n',
      'c__builtin__\nset\n',
      'cnumpy\ndtype\n',
    ];
    const part = fc.oneof(fc.constantFrom(...instructions), fc.constantFrom(...names));
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        seen.add(outcome(bytes(...parts, '.')));
      }),
      { numRuns: 5000, seed: 1 },
    );
    expect(seen).toEqual(new Set(['value', 'refused', 'truncated']));
  });
});

describe('reading a pickle from a file', () => {
  it('looks further until the pickle ends, and says where that is', async () => {
    const text = 'x'.repeat(200_000);
    const length = bytes(200_000 & 255, (200_000 >> 8) & 255, 200_000 >> 16, 0);
    const program = bytes('before', 'X', length, text, '.', 'after');
    const { value, end } = await readPickle(memorySource(program), 6, environment);
    expect(value).toBe(text);
    expect(end).toBe(program.length - 5);
  });
});
