import { sizeOf } from '@softvq/core';
import type { Graph } from '@softvq/core/graph';
import type { Product } from './bare-rate.js';

/** The products of a graph's linear layers, those of one shape together. The graph must have static sizes. */
export function linearProductsOf(graph: Graph): Product[] {
  const products = new Map<string, Product>();
  for (const { operation, inputs } of graph.nodes) {
    if (operation !== 'linear') continue;
    const [columns, inner] = inputs[1]!.shape as readonly [number, number];
    const rows = sizeOf(inputs[0]!.shape.slice(0, -1) as number[]);
    const key = `${rows} ${inner} ${columns}`;
    products.set(key, { rows, inner, columns, count: (products.get(key)?.count ?? 0) + 1 });
  }
  return [...products.values()];
}

/** Floating-point operations of all products that are not of linear layers: those of attention, mostly. */
export function attentionFlopsOf(graph: Graph): number {
  let flops = 0;
  for (const { operation, inputs, attributes, shape } of graph.nodes) {
    if (operation === 'scaledDotProductAttention') {
      const [query, key] = inputs.map((input) => input.shape as readonly number[]);
      flops += 2 * (sizeOf(query!) + sizeOf(shape as readonly number[])) * key!.at(-2)!;
    } else if (operation === 'matmul') {
      const inner = inputs[0]!.shape.at(attributes.transposeA ? -2 : -1) as number;
      flops += 2 * sizeOf(shape as readonly number[]) * inner;
    }
  }
  return flops;
}
