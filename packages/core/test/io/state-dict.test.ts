import { describe, expect, it } from 'vitest';
import { StateDictError } from '../../src/errors.js';
import { type PickleValue, type StoredTensor, selectStateDict } from '../../src/io/index.js';

const tensor = (): StoredTensor => ({
  dtype: 'float32',
  storedAs: 'float32',
  shape: [],
  read: async () => ({ dtype: 'float32', shape: [], data: Float32Array.of(0) }),
});

const map = (entries: Record<string, PickleValue>): Map<PickleValue, PickleValue> =>
  new Map(Object.entries(entries));
const names = (value: PickleValue, entry?: string) => [
  ...selectStateDict(value, entry === undefined ? {} : { entry }).keys(),
];

describe('selectStateDict', () => {
  const model = map({ 'a.weight': tensor(), 'a.bias': tensor() });
  const ema = map({ 'module.a.weight': tensor() });

  it('takes a state dictionary itself', () => {
    expect(names(model)).toEqual(['a.weight', 'a.bias']);
    expect(selectStateDict(model).get('a.bias')).toBe(model.get('a.bias'));
  });

  it('takes the only one there is', () => {
    expect(names(map({ model, steps: 3, args: map({ lr: 1 }), opt: map({ state: map({}) }) }))).toEqual([
      'a.weight',
      'a.bias',
    ]);
  });

  it('takes the one that is asked for', () => {
    expect(names(map({ model, ema }), 'ema')).toEqual(['a.weight']);
  });

  it.each([
    [
      ['module.a', 'module.b'],
      ['a', 'b'],
    ],
    [['_orig_mod.a'], ['a']],
    [
      ['module._orig_mod.a', 'module._orig_mod.b'],
      ['a', 'b'],
    ],
    [['_orig_mod.module.module.a'], ['a']],
    // A module that is called so keeps its name when other names do not begin with it.
    [
      ['module.a', 'head'],
      ['module.a', 'head'],
    ],
    [['encoder.module.a'], ['encoder.module.a']],
  ])('removes the prefixes of wrappers: %j', (written, expected) => {
    expect(names(map(Object.fromEntries(written.map((name) => [name, tensor()]))))).toEqual(expected);
  });

  it.each<[string, PickleValue, string | undefined, RegExp]>([
    ['several and no choice', map({ model, ema }), undefined, /choose one as the entry: "model", "ema"/],
    [
      'a wrong choice',
      map({ model, ema, steps: 1 }),
      'emma',
      /no state dictionary "emma"; it has "model", "ema"/,
    ],
    [
      'a choice that is no state dictionary',
      map({ model, steps: 1 }),
      'steps',
      /no state dictionary "steps"; it has "model"/,
    ],
    ['a choice where there is none', model, 'ema', /is one state dictionary and has no entry "ema"/],
    [
      'no state dictionary',
      map({ steps: 1, args: map({}) }),
      undefined,
      /no entry .* it has "steps", "args"/,
    ],
    ['an empty dictionary', map({}), undefined, /no entry/],
    ['something else', [1], undefined, /holds a list, no state dictionary/],
    ['nothing', null, undefined, /holds None/],
    [
      'entries that are not only tensors',
      map({ model: map({ a: tensor(), b: 1 }) }),
      undefined,
      /it has "model"/,
    ],
  ])('says what there is to choose from: %s', (_, value, entry, message) => {
    expect(() => names(value, entry)).toThrow(StateDictError);
    expect(() => names(value, entry)).toThrow(message);
  });
});
