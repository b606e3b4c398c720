import {
  ArgumentError,
  cast,
  DTypeError,
  expandDims,
  formatShape,
  less,
  ShapeError,
  silu,
  type Tensor,
  where,
} from '@softvq/core';
import {
  constant,
  Embedding,
  Linear,
  Module,
  normal,
  PatchEmbed,
  sineCosine1d,
  sineCosine2d,
  xavierUniform,
} from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { FinalLayer } from './final-layer.js';
import { type LatentShape, latentLayout, unpatchify } from './latent-layout.js';
import { ModulatedBlock } from './modulated-block.js';
import { TimestepEmbedder } from './timestep-embedder.js';
import type { TransformerSize } from './transformer-sizes.js';

export interface DiffusionTransformerOptions extends TransformerSize {
  /** Of one image: (tokens, width), or (channels, height, width) of a square grid. */
  readonly latentShape: LatentShape;
  /** Side of the patches that a grid is cut into. Default 1. */
  readonly patchSize?: number;
  /** How many classes there are. Default 1000. */
  readonly classes?: number;
  /** Probability that a label is replaced by none while training, above 0. Default 0.1. */
  readonly labelDropout?: number;
  /** Width inside the blocks' Mlp as a multiple of the width. Default 4. */
  readonly mlpRatio?: number;
  /** Whether queries and keys are layer-normalised in each head. Default false. */
  readonly qkNorm?: boolean;
  /** Of the initial values. Default 0. */
  readonly seed?: number;
}

/**
 * The network that DiT and SiT share (Peebles & Xie, "Scalable Diffusion Models with Transformers", 2023; Ma et al.,
 * "SiT", 2024), on one-dimensional latent tokens or on grids of patches. Parameters have the names of the official
 * checkpoints. It starts as zero everywhere: modulations and the last layer are 0.
 */
export abstract class DiffusionTransformer<
  Options extends DiffusionTransformerOptions = DiffusionTransformerOptions,
> extends Module {
  /** Of the `Generator` contract. */
  readonly specVersion = 1 as const;
  /** What it was made from. */
  readonly options: Options;
  readonly latentShape: LatentShape;
  readonly patchSize: number;
  readonly classes: number;
  readonly labelDropout: number;
  /** (1, tokens, width): sines and cosines, saved but not trained. */
  readonly pos_embed: Tensor;
  /** Latent tokens, or patches of a grid, to the transformer's width. */
  readonly x_embedder: Linear | PatchEmbed;
  readonly t_embedder: TimestepEmbedder;
  /** A row for each class, and last the one for none. */
  readonly y_embedder: { readonly embedding_table: Embedding };
  readonly blocks: readonly ModulatedBlock[];
  readonly final_layer: FinalLayer;

  /**
   * @param predictions how many numbers are predicted for each number of the latents: 2 with learned variances.
   * @throws ArgumentError for sizes that do not fit together.
   */
  protected constructor(options: Options, predictions: 1 | 2) {
    super();
    const {
      latentShape,
      patchSize = 1,
      classes = 1000,
      labelDropout = 0.1,
      mlpRatio = 4,
      seed = 0,
    } = options;
    const { width, depth, heads, qkNorm = false } = options;
    const { tokens, channels, side } = latentLayout(latentShape, patchSize);
    assertTrainable({ classes, labelDropout, depth, width, mlpRatio });
    const random = new RandomStream({ seed, name: 'diffusion-transformer' });
    this.options = options;
    this.latentShape = latentShape;
    this.patchSize = patchSize;
    this.classes = classes;
    this.labelDropout = labelDropout;
    this.pos_embed = side === undefined ? sineCosine1d(tokens, width) : sineCosine2d(side, side, width);
    this.x_embedder = embedder(channels, width, side === undefined ? undefined : patchSize, random);
    this.t_embedder = new TimestepEmbedder(width, random.child('t_embedder'));
    this.y_embedder = {
      embedding_table: new Embedding(classes + 1, width, {
        initializer: normal({ standardDeviation: 0.02 }),
        random: random.child('y_embedder'),
      }),
    };
    this.blocks = Array.from(
      { length: depth },
      (_, i) => new ModulatedBlock({ width, heads, mlpRatio, qkNorm, random: random.child('blocks', i) }),
    );
    this.final_layer = new FinalLayer(width, predictions * channels * patchSize ** 2);
    this.mark('frozen', 'pos_embed');
  }

  /** The label that means no class. */
  get nullLabel(): number {
    return this.classes;
  }

  /**
   * What the network predicts.
   *
   * @param latents (rows, …latentShape); how many rows may be known only at run time.
   * @param times (rows), or a scalar for all rows, which is cheaper; as the process counts them, unscaled.
   * @param labels int32 (rows) from 0 to `nullLabel`.
   * @returns (rows, …latentShape), with twice the channels where variances are learned: the last axis of tokens, the
   * second of grids.
   * @throws ShapeError for latents, times or labels of other shapes, DTypeError for latents of another element type.
   */
  forward(latents: Tensor, times: Tensor, labels: Tensor): Tensor {
    this.assertInputs(latents, times, labels);
    const { side } = latentLayout(this.latentShape, this.patchSize);
    const embedded = this.x_embedder.forward(latents).add(this.pos_embed);
    const condition = silu(
      expandDims(this.t_embedder.forward(times).add(this.y_embedder.embedding_table.forward(labels)), 1),
    );
    const tokens = this.blocks.reduce((x, block) => block.forward(x, condition), embedded);
    const predicted = this.final_layer.forward(tokens, condition);
    return side === undefined ? predicted : unpatchify(predicted, side, this.patchSize);
  }

  /**
   * The network whatever the element type of its parameters, as the `LatentGenerator` contract has it: `forward` of
   * float32 latents, giving float32.
   */
  predict(latents: Tensor, time: Tensor, labels: Tensor): Tensor {
    const { dtype } = this.final_layer.linear.weight;
    return cast(this.forward(cast(latents, dtype), time, labels), 'float32');
  }

  /**
   * Labels of a training batch with some of them replaced by `nullLabel`.
   *
   * @param labels int32 (rows).
   * @param uniform numbers (rows) in [0, 1): those below `labelDropout` drop their label.
   */
  dropLabels(labels: Tensor, uniform: Tensor): Tensor {
    return where(less(uniform, this.labelDropout), this.nullLabel, labels);
  }

  private assertInputs(latents: Tensor, times: Tensor, labels: Tensor): void {
    const { latentShape } = this;
    const name = this.constructor.name;
    const fits =
      latents.rank === latentShape.length + 1 &&
      latentShape.every((size, axis) => latents.shape[axis + 1] === size);
    if (!fits) {
      throw new ShapeError(
        `${name} takes latents (rows, ${latentShape.join(', ')}), not ${formatShape(latents.shape)}`,
      );
    }
    const { dtype } = this.final_layer.linear.weight;
    if (latents.dtype !== dtype) {
      throw new DTypeError(
        `${name} takes latents of its own type, ${dtype}, not ${latents.dtype}; convert them with cast()`,
      );
    }
    if (times.rank > 1 || labels.rank !== 1) {
      throw new ShapeError(
        `${name} takes a time for all rows or times (rows), and labels (rows), not ${formatShape(times.shape)} and ${formatShape(labels.shape)}`,
      );
    }
  }
}

function embedder(
  channels: number,
  width: number,
  patchSize: number | undefined,
  stream: RandomStream,
): Linear | PatchEmbed {
  const random = stream.child('x_embedder');
  const initializers = {
    // The kernel of a patch is initialised as the matrix it is.
    weight: (shape: readonly number[], of: RandomStream) =>
      xavierUniform()([width, shape.slice(1).reduce((product, size) => product * size, 1)], of),
    bias: constant(0),
  };
  return patchSize === undefined
    ? new Linear(channels, width, { initializers, random })
    : new PatchEmbed({ patchSize, width, channels, initializers, random });
}

function assertTrainable({
  classes,
  labelDropout,
  depth,
  width,
  mlpRatio,
}: Readonly<Record<'classes' | 'labelDropout' | 'depth' | 'width' | 'mlpRatio', number>>): void {
  if (
    ![classes, depth, width, Math.trunc(width * mlpRatio)].every(
      (size) => Number.isSafeInteger(size) && size > 0,
    )
  ) {
    throw new ArgumentError(
      `classes, depth and width are whole numbers from 1 and the Mlp is at least 1 wide; they are ${classes}, ${depth}, ${width} and ${mlpRatio} times the width`,
    );
  }
  if (!(labelDropout > 0 && labelDropout <= 1)) {
    throw new ArgumentError(
      `labelDropout lies above 0 and at most at 1, so that the network learns to do without a label; it is ${labelDropout}`,
    );
  }
}
