import { fromHost, type Tensor } from '@softvq/core';
import { Module, TransformerBlock } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import type { Product } from './bare-rate.js';
import { noise } from './noise.js';

/** The size of a transformer and of the batch it is measured with. */
export interface TransformerSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly tokens: number;
  readonly batch: number;
}

export const small: TransformerSize = { layers: 6, width: 256, heads: 4, tokens: 96, batch: 32 };
/** Four layers of the width of SiT-XL on 128 rows. */
export const wide: TransformerSize = { layers: 4, width: 1152, heads: 16, tokens: 64, batch: 2 };

/** Pre-norm transformer blocks and nothing else. */
export class Transformer extends Module {
  readonly blocks: readonly TransformerBlock[];

  constructor({ layers, width, heads }: Pick<TransformerSize, 'layers' | 'width' | 'heads'>) {
    super();
    const random = new RandomStream({ seed: 1, name: 'transformer' });
    this.blocks = Array.from(
      { length: layers },
      (_, i) => new TransformerBlock(width, { heads, random: random.child('blocks', i) }),
    );
  }

  /** (batch, tokens, width) to the same. */
  forward(x: Tensor): Tensor {
    return this.blocks.reduce((hidden, block) => block.forward(hidden), x);
  }
}

/** A batch of activations. */
export function activations({ batch, tokens, width }: TransformerSize): Tensor {
  return fromHost({
    dtype: 'float32',
    shape: [batch, tokens, width],
    data: noise(batch * tokens * width, 1),
  });
}

/** The products of the linear layers of one forward pass. */
export function linearProducts({ layers, width, tokens, batch }: TransformerSize): Product[] {
  const rows = batch * tokens;
  return [
    { rows, inner: width, columns: 3 * width, count: layers },
    { rows, inner: width, columns: width, count: layers },
    { rows, inner: width, columns: 4 * width, count: layers },
    { rows, inner: 4 * width, columns: width, count: layers },
  ];
}

/** Floating-point operations of the two products of attention, which the bare rate leaves out. */
export function attentionFlops({ layers, width, tokens, batch }: TransformerSize): number {
  return layers * 4 * batch * tokens ** 2 * width;
}
