import type { Tensor } from '../tensor/tensor.js';
import { Attention, type AttentionCall, type AttentionModuleOptions } from './attention.js';
import { DropPath } from './drop-path.js';
import { LayerNorm } from './layer-norm.js';
import { LayerScale } from './layer-scale.js';
import { Mlp } from './mlp.js';
import { Module } from './module.js';
import { defaultRandom } from './parameter.js';

export interface TransformerBlockOptions extends AttentionModuleOptions {
  /** Width inside the Mlp as a multiple of the block's. Default 4. */
  readonly mlpRatio?: number;
  /** Which GELU: exact (`none`, the default) or by tanh. */
  readonly approximate?: 'none' | 'tanh';
  /** First value of `ls1.gamma` and `ls2.gamma`; without one there is no layer scale. */
  readonly layerScale?: number | undefined;
  /** Of all norms. Default 1e-6. */
  readonly epsilon?: number;
  /** Probability that an element after either layer of the Mlp is dropped. Default 0. */
  readonly mlpDropout?: number;
  /** Probability that a branch of a sample is dropped. Default 0. */
  readonly dropPath?: number;
}

/** The pre-norm block of vision transformers: timm's `Block`. */
export class TransformerBlock extends Module {
  readonly norm1: LayerNorm;
  readonly attn: Attention;
  readonly ls1: LayerScale | undefined;
  readonly drop_path1: DropPath;
  readonly norm2: LayerNorm;
  readonly mlp: Mlp;
  readonly ls2: LayerScale | undefined;
  readonly drop_path2: DropPath;

  constructor(
    width: number,
    {
      mlpRatio = 4,
      approximate = 'none',
      layerScale,
      epsilon = 1e-6,
      mlpDropout = 0,
      dropPath = 0,
      random = defaultRandom(),
      ...attention
    }: TransformerBlockOptions,
  ) {
    super();
    const { initializers } = attention;
    this.norm1 = new LayerNorm(width, { epsilon });
    this.attn = new Attention(width, { ...attention, epsilon, random: random.child('attn') });
    this.ls1 = layerScale === undefined ? undefined : new LayerScale(width, layerScale);
    this.drop_path1 = new DropPath(dropPath);
    this.norm2 = new LayerNorm(width, { epsilon });
    this.mlp = new Mlp(width, {
      hidden: Math.trunc(width * mlpRatio),
      approximate,
      dropout: mlpDropout,
      initializers,
      random: random.child('mlp'),
    });
    this.ls2 = layerScale === undefined ? undefined : new LayerScale(width, layerScale);
    this.drop_path2 = new DropPath(dropPath);
  }

  /** (batch, tokens, width) to the same. Batch and tokens may be known only at run time. */
  forward(x: Tensor, { mask, rotate, random }: AttentionCall = {}): Tensor {
    const attended = this.attn.forward(this.norm1.forward(x), {
      mask,
      rotate,
      random: random?.child('attn'),
    });
    const first = x.add(
      this.drop_path1.forward(this.ls1?.forward(attended) ?? attended, random?.child('drop_path1')),
    );
    const transformed = this.mlp.forward(this.norm2.forward(first), random?.child('mlp'));
    return first.add(
      this.drop_path2.forward(this.ls2?.forward(transformed) ?? transformed, random?.child('drop_path2')),
    );
  }
}
