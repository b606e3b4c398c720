import {
  ArgumentError,
  type CompiledFunction,
  compile,
  concat,
  DisposedError,
  defaultBackend,
  memory,
  ShapeError,
  scope,
  type Tensor,
  tensor,
  withCompiled,
  zeros,
} from '@softvq/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

describe('compile', () => {
  it('traces once for each combination of shapes, types and static values', async () => {
    let traces = 0;
    const scaled = compile(({ x, factor }: { x: Tensor; factor: number }) => {
      traces += 1;
      return x.mul(factor);
    });
    const run = async (x: Tensor, factor: number) => (await scaled({ x, factor })).array();
    expect(await run(tensor([1, 2]), 3)).toEqual([3, 6]);
    expect(await run(tensor([4, 5]), 3)).toEqual([12, 15]);
    expect(traces).toBe(1);
    expect(await run(tensor([1, 2]), 4)).toEqual([4, 8]);
    expect(await run(tensor([1, 2, 3]), 3)).toEqual([3, 6, 9]);
    expect(await run(tensor([1, 2], { dtype: 'float64' }), 3)).toEqual([3, 6]);
    expect(traces).toBe(4);
    expect(scaled.compilations).toBe(4);
  });

  it('serves all sizes of dynamic axes with one graph', async () => {
    const doubled = compile(
      ({ x }: { x: Tensor }) => ({
        twice: concat([x, x], 0),
        rows: x.reshape([-1]),
        last: x.slice([{ start: -1 }]),
        average: x.mean(0),
      }),
      { dynamic: { x: ['batch'] } },
    );
    for (const rows of [
      [[1, 2]],
      [
        [1, 2],
        [3, 4],
        [5, 9],
      ],
      [
        [7, 7],
        [9, 9],
      ],
    ]) {
      const { twice, rows: flat, last, average } = await doubled({ x: tensor(rows) });
      expect(await twice.array()).toEqual([...rows, ...rows]);
      expect(await flat.array()).toEqual(rows.flat());
      expect(await last.array()).toEqual([rows.at(-1)]);
      expect(await average.array()).toEqual(
        [0, 1].map((i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length),
      );
    }
    expect(doubled.compilations).toBe(1);
  });

  it('refuses sizes of one name that differ, and names that lead nowhere', async () => {
    const sum = compile(({ a, b }: { a: Tensor; b: Tensor }) => a.add(b), {
      dynamic: { a: ['n'], b: ['n'] },
    });
    await expect(sum({ a: zeros([2]), b: zeros([3]) })).rejects.toThrow(ShapeError);
    await expect(sum({ a: zeros([2]), b: zeros([3]) })).rejects.toThrow(
      'dimension "n" is 2 in "a" and 3 in "b"',
    );
    const typo = compile(({ x }: { x: Tensor }) => x.add(1), { donate: ['y'] });
    await expect(typo({ x: zeros([1]) })).rejects.toThrow('donate names "y", and the argument has only x');
    const tooMany = compile(({ x }: { x: Tensor }) => x.add(1), { dynamic: { x: ['a', 'b'] } });
    await expect(tooMany({ x: zeros([1]) })).rejects.toThrow('dynamic names 2 axes');
  });

  it('takes over what is donated, and nothing else', async () => {
    const step = compile(
      ({ state, x }: { state: { count: Tensor }; x: Tensor }) => ({
        count: state.count.add(x),
        before: state.count,
      }),
      { donate: ['state'] },
    );
    const count = tensor([1, 2]);
    const x = tensor([10, 20]);
    const result = await step({ state: { count }, x });
    expect(await result.count.array()).toEqual([11, 22]);
    expect(await result.before.array()).toEqual([1, 2]);
    expect(await x.array()).toEqual([10, 20]);
    await expect(count.array()).rejects.toThrow(DisposedError);
    await expect(count.array()).rejects.toThrow('donated');
  });

  it('compiles anew for other constants and not for the same', async () => {
    const product = compile(({ weight, x }: { weight: Tensor; x: Tensor }) => x.mul(weight), {
      constants: ['weight'],
    });
    const weight = tensor([2]);
    expect(await (await product({ weight, x: tensor([3]) })).array()).toEqual([6]);
    expect(await (await product({ weight, x: tensor([4]) })).array()).toEqual([8]);
    expect(product.compilations).toBe(1);
    expect(await (await product({ weight: tensor([5]), x: tensor([4]) })).array()).toEqual([20]);
    expect(product.compilations).toBe(2);
    const graph = await product.graph({ weight, x: tensor([3]) });
    expect(graph.inputs.map((input) => input.attributes.name)).toEqual(['x']);
    expect(graph.parameterCount).toBe(1);
  });

  it('refuses a function that returns no tensor', async () => {
    const nothing = compile(({ x }: { x: Tensor }) => ({ rank: x.rank }));
    await expect(nothing({ x: tensor([1, 2]) })).rejects.toThrow(ArgumentError);
    await expect(nothing({ x: tensor([1, 2]) })).rejects.toThrow(/returned no tensor/);
    expect(nothing.compilations).toBe(0);
  });

  it('takes and gives nested trees and keeps what is no tensor', async () => {
    const fn = compile((input: { list: [Tensor, { deep: Tensor }]; label: string }) => ({
      swapped: [input.list[1].deep, input.list[0]],
      label: input.label,
      nothing: null,
    }));
    const { swapped, label, nothing } = await fn({ list: [tensor(1), { deep: tensor(2) }], label: 'a' });
    expect(await Promise.all(swapped.map((each) => each.item()))).toEqual([2, 1]);
    expect([label, nothing]).toEqual(['a', null]);
    await expect(
      fn({ list: [tensor(1), { deep: tensor(2) }], label: new Date() as unknown as string }),
    ).rejects.toThrow('at "label" is a Date');
  });

  it('has no values to look at while it traces', async () => {
    let inside: Promise<number> | undefined;
    const fn = compile(({ x }: { x: Tensor }) => {
      inside = x.add(1).item();
      inside.catch(() => undefined);
      return x;
    });
    await fn({ x: tensor(1) });
    await expect(inside).rejects.toThrow(ArgumentError);
  });

  it('passes on what the function throws, and works afterwards', async () => {
    let fail = true;
    const fn = compile(({ x }: { x: Tensor }) => {
      if (fail) throw new RangeError('not today');
      return x;
    });
    await expect(fn({ x: tensor(1) })).rejects.toThrow(RangeError);
    fail = false;
    expect(await (await fn({ x: tensor(1) })).item()).toBe(1);
  });

  it('is gone after dispose', async () => {
    const fn = compile(({ x }: { x: Tensor }) => x.add(1));
    await fn({ x: tensor(1) });
    await fn.dispose();
    await expect(fn({ x: tensor(1) })).rejects.toThrow(DisposedError);
  });
});

describe('withCompiled', () => {
  it('compiles for as long as it is used, also when that fails', async () => {
    const double = (x: Tensor): Tensor => x.mul(2);
    let kept: CompiledFunction<Tensor, Tensor> | undefined;
    const result = await withCompiled(double, {}, async (run) => {
      kept = run;
      return (await run(tensor([1, 2]))).array();
    });
    expect(result).toEqual([2, 4]);
    await expect(kept!(tensor([1, 2]))).rejects.toThrow(DisposedError);

    const failing = withCompiled(double, {}, async (run) => {
      kept = run;
      throw new RangeError('not today');
    });
    await expect(failing).rejects.toThrow('not today');
    await expect(kept!(tensor([1, 2]))).rejects.toThrow(DisposedError);
  });
});

describe('memory', () => {
  it('returns to where it was when everything is disposed', async () => {
    const before = memory();
    const x = tensor([1, 2, 3]);
    const y = x.mul(2);
    await y.array();
    expect(memory()).toEqual({ tensors: before.tensors + 2, bytes: before.bytes + 24 });
    y.dispose();
    x.dispose();
    expect(memory()).toEqual(before);
  });

  it('is freed by scopes, but for what they return and what that still needs', async () => {
    const before = memory();
    const kept = await scope(async () => {
      const base = tensor([1, 2]);
      const unused = tensor([3, 4]).add(base);
      await unused.array();
      return { lazy: base.add(10) };
    });
    expect(memory().tensors).toBe(before.tensors + 1);
    expect(await kept.lazy.array()).toEqual([11, 12]);
    await expect(scope(() => Promise.reject(new Error('inside')))).rejects.toThrow('inside');
    expect(() => scope(() => tensor([1]) && ([] as number[]).at(0)!.toFixed())).toThrow(TypeError);
    expect(memory().tensors).toBe(before.tensors + 2);
    kept.lazy.dispose();
  });

  it('tells scopes that overlap', async () => {
    let release: () => void = () => undefined;
    const outer = scope(() => new Promise<void>((resolve) => (release = resolve)));
    let releaseInner: () => void = () => undefined;
    const inner = scope(() => new Promise<void>((resolve) => (releaseInner = resolve)));
    release();
    await expect(outer).rejects.toThrow('another scope');
    releaseInner();
    await inner;
  });

  it('is held once however many ask for a value at the same time', async () => {
    const before = memory();
    const x = tensor([1, 2]);
    const y = x.add(1);
    const results = await Promise.all([y.array(), y.array(), y.mul(2).array(), y.array()]);
    expect(results).toEqual([
      [2, 3],
      [2, 3],
      [4, 6],
      [2, 3],
    ]);
    y.dispose();
    x.dispose();
    // The product is a tensor of its own that nobody disposed.
    expect(memory().tensors).toBe(before.tensors + 1);
  });

  it('is freed by `using`', async () => {
    const before = memory();
    {
      using x = tensor([1, 2, 3]);
      expect(await x.array()).toEqual([1, 2, 3]);
    }
    expect(memory()).toEqual(before);
  });

  it('follows a tensor to another backend', async () => {
    const moved = await tensor([1, 2]).add(1).to(defaultBackend());
    expect(await moved.array()).toEqual([2, 3]);
  });
});
