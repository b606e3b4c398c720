import { cast, silu, type Tensor } from '@softvq/core';
import { constant, Linear, Module, normal, timestepEmbedding } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';

/** Width of the cosines and sines that times become first. */
const frequencies = 256;

/** Times as vectors: cosines and sines, a linear layer, SiLU and another linear layer, as in DiT. */
export class TimestepEmbedder extends Module {
  readonly mlp: { readonly 0: Linear; readonly 2: Linear };

  constructor(width: number, random: RandomStream) {
    super();
    const initializers = { weight: normal({ standardDeviation: 0.02 }), bias: constant(0) };
    this.mlp = {
      0: new Linear(frequencies, width, { initializers, random: random.child('mlp', 0) }),
      2: new Linear(width, width, { initializers, random: random.child('mlp', 2) }),
    };
  }

  /** Times (rows) or one for all, as they are, to (rows, width) or (1, width). */
  forward(times: Tensor): Tensor {
    const waves = timestepEmbedding(times.rank === 0 ? times.reshape([1]) : times, frequencies);
    return this.mlp[2].forward(silu(this.mlp[0].forward(cast(waves, this.mlp[0].weight.dtype))));
  }
}
