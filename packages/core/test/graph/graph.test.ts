import {
  compile,
  concat,
  conv2d,
  evaluate,
  linear,
  matmul,
  split,
  stopGradient,
  type Tensor,
  tensor,
  valueAndGrad,
  zeros,
} from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import { beforeAll, describe, expect, it } from 'vitest';
import { useReference } from '../use-reference.js';

beforeAll(useReference);

/** The optimised graph of a function of one tensor. */
function graphOf(fn: (x: Tensor) => unknown, x: Tensor = zeros([2, 3])): Promise<Graph> {
  return compile((input: { x: Tensor }) => fn(input.x)).graph({ x });
}

const operationsOf = (graph: Graph): string[] =>
  graph.nodes.map((node) => node.operation).filter((name) => name !== 'input');

describe('passes', () => {
  it('compute what is computed twice only once', async () => {
    expect(operationsOf(await graphOf((x) => x.exp().add(x.exp())))).toEqual(['exp', 'add']);
    expect(operationsOf(await graphOf((x) => [x.add(0.5), x.add(-0)]))).toEqual(['fill', 'add']);
  });

  it('leave out what no result needs', async () => {
    const graph = await graphOf((x) => {
      x.exp().sum();
      return x.log();
    });
    expect(operationsOf(graph)).toEqual(['log']);
  });

  it('fold numbers, and keep infinities and signs apart', async () => {
    const graph = await graphOf((x) => x.mul(tensor(1).shape.length + 3).add(zeros([]).exp().mul(2)));
    expect(graph.toString()).toContain('add(%1, 2)');
    const apart = await graphOf((x) => [
      x.mul(Number.POSITIVE_INFINITY),
      x.mul(Number.NaN),
      x.mul(Number.NEGATIVE_INFINITY),
    ]);
    expect(operationsOf(apart).filter((name) => name === 'mul')).toHaveLength(3);
  });

  it('drop what changes nothing', async () => {
    const graph = await graphOf((x) =>
      stopGradient(x.add(0).mul(1).div(1)).reshape([3, 2]).reshape([2, 3]).transpose().transpose(),
    );
    expect(operationsOf(graph)).toEqual([]);
    expect(graph.outputs[0]).toBe(graph.inputs[0]);
  });

  it('keep what looks like nothing and changes the shape', async () => {
    const graph = await graphOf((x) => zeros([4, 2, 3]).add(x));
    expect(graph.outputs[0]!.shape).toEqual([4, 2, 3]);
  });

  it('join the gradients of a split into one concatenation', async () => {
    const graph = await graphOf((x) =>
      valueAndGrad((y: Tensor) => {
        const [a, b, c] = split(y, 3, 1) as [Tensor, Tensor, Tensor];
        return a.exp().sum().add(b.square().sum()).add(c.sqrt().sum());
      })(x),
    );
    expect(operationsOf(graph)).not.toContain('pad');
    const concat = graph.nodes.find((node) => node.operation === 'concat')!;
    expect(concat.inputs).toHaveLength(3);
  });

  it('join them in whatever order the parts are used', async () => {
    const graph = await graphOf((x) =>
      valueAndGrad((y: Tensor) => {
        const [a, b, c] = split(y, 3, 1) as [Tensor, Tensor, Tensor];
        return b.square().sum().add(c.sqrt().sum().add(a.exp().sum()));
      })(x),
    );
    expect(operationsOf(graph)).not.toContain('pad');
    const concat = graph.nodes.find((node) => node.operation === 'concat')!;
    expect(concat.inputs.map(({ inputs: [from] }) => from!.operation)).not.toContain('pad');
    expect(concat.inputs).toHaveLength(3);
  });

  it('leave a tensor whole that is cut apart and put together', async () => {
    const whole = await graphOf((x) => concat(split(x, 3, 1), 1));
    expect(operationsOf(whole)).toEqual([]);
    const turned = await graphOf((x) => concat(split(x, 3, 1).reverse(), 1));
    expect(operationsOf(turned)).toContain('concat');
    const part = await graphOf((x) => concat(split(x, 3, 1).slice(1), 1));
    expect(operationsOf(part)).toContain('concat');
  });

  it('do not change results', async () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const { gradient } = valueAndGrad((y: Tensor) => {
      const [a, b] = split(y, [1, 2], 1) as [Tensor, Tensor];
      return a.square().sum().add(b.exp().sum());
    })(x);
    await evaluate(gradient);
    const expected = [
      [2, 2, 3],
      [8, 5, 6],
    ].map((row) => [row[0]!, Math.exp(row[1]!), Math.exp(row[2]!)]);
    for (const [i, row] of ((await gradient.array()) as number[][]).entries()) {
      for (const [j, value] of row.entries()) expect(value / expected[i]![j]!).toBeCloseTo(1, 5);
    }
  });
});

describe('a graph', () => {
  it('prints a line a node, with shapes, attributes and sizes that are not known yet', async () => {
    const fn = compile((input: { x: Tensor }) => matmul(input.x, input.x, { transposeB: true }).sum(0), {
      dynamic: { x: ['rows'] },
    });
    expect(String(await fn.graph({ x: zeros([2, 3]) }))).toBe(
      [
        '%0 = input "x" float32[rows, 3]',
        '%1 = matmul(%0, %0) {transposeA: false, transposeB: true} float32[rows, rows]',
        '%2 = sum(%1) {axes: [0], keepDims: false} float32[rows]',
        'return %2',
      ].join('\n'),
    );
  });

  it('counts floating-point operations and parameters', async () => {
    const weight = zeros([5, 3]);
    await evaluate(weight);
    const product = await graphOf((x) => linear(x, weight));
    expect(product.flops()).toBe(2 * 2 * 3 * 5);
    expect(product.parameterCount).toBe(15);
    expect(product.parameterBytes).toBe(60);
    const kernel = zeros([8, 4, 3, 3]);
    const convolution = await graphOf((x) => conv2d(x, kernel, { padding: 1 }), zeros([2, 4, 6, 7]));
    expect(convolution.flops()).toBe(2 * (2 * 8 * 6 * 7) * (4 * 9));
    const dynamic = compile((input: { x: Tensor }) => input.x.exp(), { dynamic: { x: ['n'] } });
    expect((await dynamic.graph({ x: zeros([2, 3]) })).flops({ n: 10 })).toBe(30);
  });
});
