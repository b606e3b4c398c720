import type { Backend } from '@softvq/core';
import {
  compile,
  gelu,
  layerNorm,
  scaledDotProductAttention,
  silu,
  sum,
  type Tensor,
  valueAndGrad,
  zeros,
} from '@softvq/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpu } from '../src/cpu/index.js';
import { lowerGraph } from '../src/onnx/index.js';

type Operands = Readonly<Record<string, Tensor>>;

let backend: Backend;
beforeAll(async () => {
  backend = await cpu({ threads: 1 });
});
afterAll(() => backend.dispose());

/** How often each operator stands in the model of a function. */
async function operatorsOf(fn: (operands: Operands) => unknown, operands: Operands) {
  const graph = await compile(fn, { backend }).graph(operands);
  const { model } = await lowerGraph(graph, { microsoftOperators: true });
  // A node has its operator as field 4: its tag, the length and the name.
  const text = Buffer.from(model).toString('latin1');
  return (name: string): number => text.split(`\x22${String.fromCharCode(name.length)}${name}`).length - 1;
}

/** A function with its gradient: of a sum in which no element counts like another. */
const withGradient = (fn: (operands: Operands) => Tensor) => (operands: Operands) =>
  valueAndGrad((variables: Operands) => sum(fn(variables).square()))(operands);

describe('a training step', () => {
  it('takes the statistics of a layer norm from the norm', async () => {
    const operands = { x: zeros([4, 8]), weight: zeros([8]), bias: zeros([8]) };
    const norm = ({ x, weight, bias }: Operands) => layerNorm(x!, { weight, bias, epsilon: 1e-6 });
    const count = await operatorsOf(withGradient(norm), operands);
    expect(count('LayerNormalization')).toBe(1);
    expect([count('Sqrt'), count('Reciprocal')]).toEqual([0, 0]);
    // Of the two terms that are taken away from the gradient.
    expect(count('ReduceMean')).toBe(2);
  });

  it('does not mistake other statistics for those of a norm', async () => {
    const other = ({ x }: Operands) => {
      const centered = x!.sub(x!.mean(-1, { keepDims: true }));
      const inverse = centered.square().mean(-1, { keepDims: true }).add(1e-3).rsqrt();
      return layerNorm(x!, { epsilon: 1e-6 }).mul(inverse);
    };
    const count = await operatorsOf(other, { x: zeros([4, 8]) });
    expect([count('LayerNormalization'), count('Sqrt'), count('Reciprocal')]).toEqual([1, 1, 1]);
  });

  it('weighs attention once', async () => {
    const operands = { query: zeros([2, 3, 4]), key: zeros([2, 5, 4]), value: zeros([2, 5, 4]) };
    const attend = ({ query, key, value }: Operands) => scaledDotProductAttention(query!, key!, value!);
    const count = await operatorsOf(withGradient(attend), operands);
    expect(count('Softmax')).toBe(1);
    const forward = await operatorsOf(attend, operands);
    // The scale is a part of the product.
    expect([forward('FusedMatMul'), forward('MatMul'), forward('Mul')]).toEqual([1, 1, 0]);
  });

  it.each([
    ['gelu', (x: Tensor) => gelu(x), 'Gelu', 'Erf'],
    ['gelu by tanh', (x: Tensor) => gelu(x, { approximate: 'tanh' }), 'Gelu', 'Sigmoid'],
    ['silu', (x: Tensor) => silu(x), 'QuickGelu', 'Sigmoid'],
  ] as const)('computes the gate of %s once', async (_, activation, kernel, gate) => {
    const operands = { x: zeros([4, 8]) };
    const apply = ({ x }: Operands) => activation(x!);
    const alone = await operatorsOf(apply, operands);
    expect([alone(kernel), alone(gate)]).toEqual([1, 0]);
    const trained = await operatorsOf(withGradient(apply), operands);
    expect([trained(kernel), trained(gate)]).toEqual([0, 1]);
  });
});
