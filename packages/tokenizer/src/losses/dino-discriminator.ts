import { ArgumentError, add, concat, leakyRelu, type Tensor } from '@softvq/core';
import { BatchNorm, GroupNorm, Module, type TensorRecord, type TracedRandom } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { drawDinoCrop, toDinoSize } from './dino-crop.js';
import type { DinoFeatures } from './dino-features.js';
import { below, type Discriminator, type DiscriminatorTraining } from './discriminator.js';
import { LocalBatchNorm } from './local-batch-norm.js';
import { SpectralConv1d } from './spectral-norm.js';

/**
 * `batch`: over the whole batch, with running statistics (`sbn` of the official code, on one device); `local`: over
 * groups of eight samples (`bn` there); `group`: over groups of channels of each sample (`gn` there).
 */
export type DinoNormalization = 'batch' | 'local' | 'group';

export interface DinoDiscriminatorOptions {
  /** What the heads look at. Never trained, and not in the state dictionary of the discriminator. */
  readonly features: DinoFeatures;
  /** Default `batch`. */
  readonly normalization?: DinoNormalization;
  /** Size of the window of the second convolution of a head, odd. Default 9. */
  readonly kernel?: number;
  readonly random?: RandomStream;
}

/**
 * The discriminator that SoftVQ is trained with: small convolutional heads on frozen DINO features of several depths
 * (after StyleGAN-T, Sauer et al., 2023, section 3.2).
 */
export class DinoDiscriminator extends Module implements Discriminator {
  readonly dino: DinoFeatures;
  readonly heads: readonly Head[];

  constructor({
    features,
    normalization = 'batch',
    kernel = 9,
    random = new RandomStream({ seed: 0, name: 'discriminator' }),
  }: DinoDiscriminatorOptions) {
    super();
    this.dino = features;
    this.mark('constant', 'dino');
    this.heads = Array.from(
      { length: features.count },
      (_, i) => new Head(features.width, normalization, kernel, random.child('heads', i)),
    );
  }

  /**
   * Images (batch, 3, height, width) in [-1, 1], of static size, to logits (batch, heads · 196). The size becomes 224
   * by averaging areas or bicubic interpolation.
   */
  forward(images: Tensor): Tensor {
    const features = this.dino.forward(toDinoSize(images));
    return joined(this.heads.map((head, i) => head.forward(features[i]!)));
  }

  /**
   * Shapes as for `forward`; the buffers are those of spectral and batch norms.
   *
   * @param random where images are larger than 224 pixels, half of the time takes a crop in place of the whole.
   */
  train(images: Tensor, random?: TracedRandom): DiscriminatorTraining {
    const resized = toDinoSize(
      images,
      random && ((height, width) => drawDinoCrop(random.child('crop'), height, width)),
    );
    const features = this.dino.forward(resized);
    const passes = this.heads.map((head, i) => head.train(features[i]!));
    return {
      logits: joined(passes.map(({ logits }) => logits)),
      buffers: Object.assign(
        {},
        ...passes.map(({ buffers }, i) => below(`heads.${i}`, buffers)),
      ) as TensorRecord,
    };
  }
}

/** Each (batch, 1, length), side by side. */
function joined(logits: readonly Tensor[]): Tensor {
  return concat(
    logits.map((each) => each.reshape([each.shape[0]!, -1])),
    1,
  );
}

type Norm = BatchNorm | LocalBatchNorm | GroupNorm;

/** A convolution, its norm, and a leaky ReLU: places 0 and 1. */
type Block = readonly [SpectralConv1d, Norm];

function normOf(normalization: DinoNormalization, width: number): Norm {
  switch (normalization) {
    case 'batch':
      return new BatchNorm(width, { epsilon: 1e-6 });
    case 'local':
      return new LocalBatchNorm(width);
    case 'group':
      return new GroupNorm(32, width, { epsilon: 1e-6 });
    default:
      throw new ArgumentError(
        `DinoDiscriminator: the normalization is "batch", "local" or "group", not "${String(normalization)}"`,
      );
  }
}

/** What runs a layer and may note what its buffers become. */
interface Pass {
  convolve(layer: SpectralConv1d, x: Tensor, path: string): Tensor;
  normalize(layer: Norm, x: Tensor, path: string): Tensor;
}

/** Features of one depth (batch, width, length) to logits (batch, 1, length). */
class Head extends Module {
  readonly 0: Block;
  /** The function beside which the input passes unchanged. */
  readonly 1: { readonly fn: Block };
  readonly 2: SpectralConv1d;

  constructor(width: number, normalization: DinoNormalization, kernel: number, random: RandomStream) {
    super();
    const block = (size: number, place: number): Block => [
      new SpectralConv1d(width, width, { kernel: size, random: random.child('convolution', place) }),
      normOf(normalization, width),
    ];
    this[0] = block(1, 0);
    this[1] = { fn: block(kernel, 1) };
    this[2] = new SpectralConv1d(width, 1, { random: random.child('convolution', 2) });
  }

  forward(x: Tensor): Tensor {
    return this.run(x, {
      convolve: (layer, input) => layer.forward(input),
      normalize: (layer, input) => layer.forward(input),
    });
  }

  train(x: Tensor): DiscriminatorTraining {
    const buffers: Record<string, Tensor> = {};
    const logits = this.run(x, {
      convolve: (layer, input, path) => {
        const pass = layer.train(input);
        Object.assign(buffers, below(path, pass.buffers));
        return pass.output;
      },
      normalize: (layer, input, path) => {
        if (!(layer instanceof BatchNorm)) return layer.forward(input);
        const { output, statistics } = layer.train(input);
        Object.assign(buffers, below(path, statistics));
        return output;
      },
    });
    return { logits, buffers };
  }

  private run(features: Tensor, pass: Pass): Tensor {
    const block = ([convolution, norm]: Block, x: Tensor, path: string): Tensor =>
      leakyRelu(pass.normalize(norm, pass.convolve(convolution, x, `${path}.0`), `${path}.1`), 0.2);
    const first = block(this[0], features, '0');
    // The sum of two that are alike keeps its variance.
    const second = add(block(this[1].fn, first, '1.fn'), first).mul(Math.SQRT1_2);
    return pass.convolve(this[2], second, '2');
  }
}
