import { float32ToFloat16, fromHost, StateDictError, type Tensor, tensor, zeros } from '@softvq/core';
import { encodeSafetensors, memorySource, openSafetensors, type StoredTensor } from '@softvq/core/io';
import { BatchNorm, Linear, type LoadReport, Module, Sequential } from '@softvq/core/nn';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';
import { numbersOf } from './numbers.js';

beforeAll(useReference);

class Net extends Module {
  readonly fc = new Linear(2, 1);
  readonly head = new Linear(1, 3, { bias: false });
}

const full = (): Record<string, Tensor> => ({
  'fc.weight': tensor([[1, 2]]),
  'fc.bias': tensor([3]),
  'head.weight': tensor([[4], [5], [6]]),
});

/** A tensor as a file would give it. */
function stored(dtype: StoredTensor['dtype'], shape: number[], read: StoredTensor['read']): StoredTensor {
  return { dtype, storedAs: dtype, shape, read };
}

function failure(load: () => unknown): StateDictError {
  try {
    load();
  } catch (error) {
    if (error instanceof StateDictError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('loadStateDict', () => {
  it('takes over tensors of a record or a map', async () => {
    for (const source of [full(), new Map(Object.entries(full()))]) {
      const net = new Net();
      const report = net.loadStateDict(source);
      expect(report).toEqual({
        loaded: ['fc.weight', 'fc.bias', 'head.weight'],
        missing: [],
        unexpected: [],
        misshapen: [],
        ignored: [],
      } satisfies LoadReport);
      expect(await numbersOf(net.fc.weight)).toEqual([1, 2]);
      expect(await numbersOf(net.head.weight)).toEqual([4, 5, 6]);
    }
  });

  it('round trips through a safetensors file', async () => {
    const net = new Net();
    const host = await Promise.all(
      Object.entries(net.stateDict()).map(async ([name, each]) => [name, await each.host()] as const),
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of encodeSafetensors(host)) chunks.push(chunk);
    const bytes = new Uint8Array(Buffer.concat(chunks));
    const file = await openSafetensors(memorySource(bytes));
    const other = new Net();
    other.loadStateDict(file.tensors);
    // The range is still there, so that an engine can map it.
    expect(await other.fc.weight.storage!.constant()).toHaveProperty('range');
    expect(await numbersOf(other.fc.weight)).toEqual(await numbersOf(net.fc.weight));
  });

  it('loads nothing unless everything fits, and says what does not', async () => {
    const net = new Net();
    const before = net.stateDict();
    const { 'fc.bias': _, ...source } = full();
    const error = failure(() =>
      net.loadStateDict({ ...source, 'head.weight': zeros([1, 3]), 'norm.weight': zeros([1]) }),
    );
    expect(error.message.split('\n').slice(0, 5)).toEqual([
      'the state dictionary does not fit Net; nothing was loaded',
      '  1 missing from the dictionary: fc.bias',
      '  1 not in the module: norm.weight',
      '  1 of another shape: head.weight [1, 3] for [3, 1]',
      '  Build the module with the sizes the checkpoint was trained with, or pass { strict: false } to load what fits',
    ]);
    expect(error.cause).toEqual({
      loaded: ['fc.weight'],
      missing: ['fc.bias'],
      unexpected: ['norm.weight'],
      misshapen: [{ name: 'head.weight', expected: [3, 1], found: [1, 3] }],
      ignored: [],
    } satisfies LoadReport);
    for (const [name, each] of Object.entries(net.stateDict())) expect(each).toBe(before[name]);
  });

  it('lists the first few names only', () => {
    const extra = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`extra.${i}`, zeros([1])]));
    const { message } = failure(() => new Net().loadStateDict({ ...full(), ...extra }));
    expect(message).toContain('8 not in the module: extra.0, extra.1, extra.2, extra.3, extra.4 and 3 more');
    expect(message).toContain('ignore');
  });

  it('loads what fits when lenient', async () => {
    const net = new Net();
    const weight = net.head.weight;
    const report = net.loadStateDict(
      { 'fc.weight': tensor([[1, 2]]), 'head.weight': zeros([1, 3]), stray: zeros([1]) },
      { strict: false },
    );
    expect(report.loaded).toEqual(['fc.weight']);
    expect(report.missing).toEqual(['fc.bias']);
    expect(report.unexpected).toEqual(['stray']);
    expect(report.misshapen.map(({ name }) => name)).toEqual(['head.weight']);
    expect(await numbersOf(net.fc.weight)).toEqual([1, 2]);
    expect(net.head.weight).toBe(weight);
  });

  it('leaves out what is to be ignored, on both sides', () => {
    const net = new Net();
    const { weight } = net.head;
    const report = net.loadStateDict(
      { ...full(), 'ema.decay': zeros([]), 'loss.net.weight': zeros([1]) },
      { ignore: ['head', /^ema\./g, 'loss.net.weight'] },
    );
    expect(report.ignored).toEqual(['head.weight', 'ema.decay', 'loss.net.weight']);
    expect(net.head.weight).toBe(weight);
    // A name of a module stands for what is in it, not for names that begin alike.
    const { unexpected } = net.loadStateDict(
      { ...full(), header: zeros([]) },
      { ignore: ['head'], strict: false },
    );
    expect(unexpected).toEqual(['header']);
  });

  it('reads below a prefix, and suggests one that is missing', async () => {
    const prefixed = Object.fromEntries(
      Object.entries(full()).map(([name, each]) => [`module.${name}`, each]),
    );
    const net = new Net();
    net.loadStateDict({ ...prefixed, epoch: zeros([]) }, { prefix: 'module.' });
    expect(await numbersOf(net.fc.bias!)).toEqual([3]);
    expect(failure(() => new Net().loadStateDict(prefixed)).message).toContain("pass { prefix: 'module.' }");
    const deeper = Object.fromEntries(Object.entries(prefixed).map(([name, each]) => [`ema.${name}`, each]));
    expect(failure(() => new Net().loadStateDict(deeper, { prefix: 'ema.' })).message).toContain(
      "pass { prefix: 'ema.module.' }",
    );
  });

  it('ignores what PyTorch counts and nobody needs', () => {
    const net = new Sequential(new BatchNorm(1));
    const source = { ...net.stateDict(), '0.num_batches_tracked': zeros([], 'int64') };
    expect(net.loadStateDict(source).ignored).toEqual(['0.num_batches_tracked']);
    expect(
      new BatchNorm(1).loadStateDict({ ...new BatchNorm(1).stateDict(), num_batches_tracked: zeros([]) })
        .missing,
    ).toEqual([]);
  });

  it('gives a tensor with several names what one of them has', async () => {
    class Tied extends Module {
      readonly wte = new Linear(1, 2, { bias: false });
      readonly head = { weight: this.wte.weight };
    }
    const tied = new Tied();
    expect(tied.loadStateDict({ 'head.weight': tensor([[7], [8]]) }).missing).toEqual([]);
    expect(tied.wte.weight).toBe(tied.head.weight);
    expect(await numbersOf(tied.wte.weight)).toEqual([7, 8]);
    expect(failure(() => new Tied().loadStateDict({})).message).toContain('2 missing');
  });

  it.each([
    ['float16', float32ToFloat16(Float32Array.of(0.5, -2))],
    ['float64', Float64Array.of(0.5, -2)],
    ['int64', BigInt64Array.of(3n, -2n)],
    ['bool', Uint8Array.of(1, 0)],
  ] as const)('converts %s from a file when it is needed', async (dtype, data) => {
    let reads = 0;
    const net = new Net();
    const weight = stored(dtype, [1, 2], async () => {
      reads++;
      return { dtype, shape: [1, 2], data };
    });
    net.loadStateDict({ ...full(), 'fc.weight': weight });
    expect(net.fc.weight.dtype).toBe('float32');
    expect(reads).toBe(0);
    expect(await numbersOf(net.fc.weight)).toEqual(await numbersOf(fromHost({ dtype, shape: [2], data })));
    expect(reads).toBe(1);
  });

  it('converts to half precision and whole numbers where the module has them', async () => {
    class Mixed extends Module {
      readonly half = zeros([2], 'float16');
      readonly count = zeros([2], 'int64');
      readonly index = zeros([2], 'int32');
      readonly flag = zeros([2], 'bool');
    }
    const mixed = new Mixed();
    const float = stored('float32', [2], async () => ({
      dtype: 'float32',
      shape: [2],
      data: Float32Array.of(2.5, 0),
    }));
    mixed.loadStateDict({ half: float, count: float, index: float, flag: float });
    expect(await numbersOf(mixed.half)).toEqual([2.5, 0]);
    expect(await mixed.count.data()).toEqual(BigInt64Array.of(2n, 0n));
    expect(await numbersOf(mixed.index)).toEqual([2, 0]);
    expect(await mixed.flag.array()).toEqual([true, false]);
  });

  it('converts tensors at hand, too', async () => {
    const net = new Net();
    net.loadStateDict({ ...full(), 'fc.bias': tensor([9], { dtype: 'float64' }) });
    expect(net.fc.bias!.dtype).toBe('float32');
    expect(await numbersOf(net.fc.bias!)).toEqual([9]);
  });
});
