import type { Tensor } from '@softvq/core';
import { Attention, DropPath, Mlp, Module, type TracedRandom } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import type { Rotation } from '../rotary-position.js';
import { blockInitializers, type InitializationOptions } from '../vision-transformer.js';
import { type Modulation, modulate, modulatedNorm, modulation } from './modulation.js';

interface ModulatedBlockOptions {
  readonly width: number;
  readonly heads: number;
  readonly latentWidth: number;
  readonly dropPath: number;
  readonly initialization: InitializationOptions;
  readonly random: RandomStream;
}

/** What a block takes besides the tokens. */
interface ModulatedBlockCall {
  /** (batch, latentTokens, latentWidth). */
  readonly latents: Tensor;
  readonly rotate: Rotation | undefined;
  readonly random: TracedRandom | undefined;
}

/** A pre-norm transformer block without layer scale whose norms are modulated by latents. */
export class ModulatedBlock extends Module {
  readonly attn: Attention;
  readonly drop_path1: DropPath;
  readonly mlp: Mlp;
  readonly drop_path2: DropPath;
  readonly adaLN_modulation: Modulation;
  private readonly width: number;

  constructor({ width, heads, latentWidth, dropPath, initialization, random }: ModulatedBlockOptions) {
    super();
    const initializers = blockInitializers(initialization);
    this.attn = new Attention(width, { heads, initializers, random: random.child('attn') });
    this.drop_path1 = new DropPath(dropPath);
    this.mlp = new Mlp(width, { initializers, random: random.child('mlp') });
    this.drop_path2 = new DropPath(dropPath);
    this.adaLN_modulation = modulation(latentWidth, width, 2, random.child('adaLN_modulation'));
    this.width = width;
  }

  /** (batch, tokens, width), latent tokens last, to the same. */
  forward(x: Tensor, { latents, rotate, random }: ModulatedBlockCall): Tensor {
    const [beforeAttention, beforeMlp] = modulate(this.adaLN_modulation, latents, this.width);
    const attended = this.attn.forward(modulatedNorm(x, beforeAttention!), { rotate });
    const first = x.add(this.drop_path1.forward(attended, random?.child('drop_path1')));
    const transformed = this.mlp.forward(modulatedNorm(first, beforeMlp!));
    return first.add(this.drop_path2.forward(transformed, random?.child('drop_path2')));
  }
}
