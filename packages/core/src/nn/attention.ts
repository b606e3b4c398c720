import { ArgumentError } from '../errors.js';
import { softmax } from '../operations/activations.js';
import { scaledDotProductAttention } from '../operations/attention.js';
import { narrow, transpose } from '../operations/movement.js';
import { matmul } from '../operations/products.js';
import type { Dimension } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { Dropout } from './dropout.js';
import { LayerNorm } from './layer-norm.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { defaultRandom, type InitializerOptions, type RandomOptions } from './parameter.js';
import type { TracedRandom } from './traced-random.js';

export interface AttentionModuleOptions extends RandomOptions, InitializerOptions {
  /** Must divide the width. */
  readonly heads: number;
  /** Whether queries, keys and values have a bias. Default true. */
  readonly qkvBias?: boolean;
  /** Whether queries and keys are layer-normalised in each head (`q_norm`, `k_norm`). Default false. */
  readonly qkNorm?: boolean;
  /** Of these norms. Default 1e-6. */
  readonly epsilon?: number;
  /** Probability that an attention weight is dropped. Default 0. */
  readonly attentionDropout?: number;
  /** Probability that an element of the result is dropped. Default 0. */
  readonly projectionDropout?: number;
}

export interface AttentionCall {
  /** Added to the logits; broadcasts to (batch, heads, tokens, tokens). -Infinity forbids a pair. */
  readonly mask?: Tensor | undefined;
  /** Applied to queries and keys (batch, heads, tokens, width / heads): rotary position embedding. */
  readonly rotate?: ((heads: Tensor) => Tensor) | undefined;
  /** For dropout; without it nothing is dropped. */
  readonly random?: TracedRandom | undefined;
}

/** Multi-head self-attention with one matrix for queries, keys and values: timm's `Attention`. */
export class Attention extends Module {
  readonly qkv: Linear;
  readonly q_norm: LayerNorm | undefined;
  readonly k_norm: LayerNorm | undefined;
  readonly proj: Linear;
  readonly attn_drop: Dropout;
  readonly proj_drop: Dropout;
  readonly heads: number;

  constructor(
    width: number,
    {
      heads,
      qkvBias = true,
      qkNorm = false,
      epsilon = 1e-6,
      attentionDropout = 0,
      projectionDropout = 0,
      initializers,
      random = defaultRandom(),
    }: AttentionModuleOptions,
  ) {
    super();
    if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) {
      throw new ArgumentError(`Attention: a width of ${width} does not divide into ${heads} heads`);
    }
    this.heads = heads;
    this.qkv = new Linear(width, 3 * width, { bias: qkvBias, initializers, random: random.child('qkv') });
    this.q_norm = qkNorm ? new LayerNorm(width / heads, { epsilon }) : undefined;
    this.k_norm = qkNorm ? new LayerNorm(width / heads, { epsilon }) : undefined;
    this.proj = new Linear(width, width, { initializers, random: random.child('proj') });
    this.attn_drop = new Dropout(attentionDropout);
    this.proj_drop = new Dropout(projectionDropout);
  }

  /** (batch, tokens, width) to the same. Batch and tokens may be known only at run time. */
  forward(x: Tensor, { mask, rotate = unchanged, random }: AttentionCall = {}): Tensor {
    const [batch, tokens, width] = x.shape as readonly [Dimension, Dimension, number];
    const { heads } = this;
    const qkv = this.qkv.forward(x);
    // Cutting before transposing keeps both on contiguous rows: a fifth faster than one transposition of all three.
    const part = (index: number): Tensor =>
      transpose(
        narrow(qkv, -1, index * width, width).reshape([batch, tokens, heads, width / heads]),
        [0, 2, 1, 3],
      );
    const query = rotate(this.q_norm?.forward(part(0)) ?? part(0));
    const key = rotate(this.k_norm?.forward(part(1)) ?? part(1));
    const mixed = this.mix(query, key, part(2), mask, random?.child('attn_drop'));
    const merged = transpose(mixed, [0, 2, 1, 3]).reshape([batch, tokens, width]);
    return this.proj_drop.forward(this.proj.forward(merged), random?.child('proj_drop'));
  }

  private mix(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | undefined,
    random: TracedRandom | undefined,
  ): Tensor {
    // Engines have a kernel for attention, but none that drops weights.
    if (!this.attn_drop.drops(random)) return scaledDotProductAttention(query, key, value, { mask });
    const logits = matmul(query.mul((query.shape.at(-1) as number) ** -0.5), key, { transposeB: true });
    const weights = softmax(mask === undefined ? logits : logits.add(mask));
    return matmul(this.attn_drop.forward(weights, random), value);
  }
}

const unchanged = (heads: Tensor): Tensor => heads;
