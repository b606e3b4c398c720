import { add, concat, leakyRelu, type Tensor } from '@softvq/core';
import { BatchNorm, Module, type TensorRecord } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';
import { type DinoCrop, toDinoSize } from './dino-crop.js';
import type { DinoFeatures } from './dino-features.js';
import { below, type Discriminator, type DiscriminatorTraining } from './discriminator.js';
import { LocalBatchNorm } from './local-batch-norm.js';
import { SpectralConv1d } from './spectral-norm.js';

/** `batch`: over the whole batch, with running statistics; `local`: over groups of eight samples. */
export type DinoNormalization = 'batch' | 'local';

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
   * Images (batch, 3, height, width) in [-1, 1], of static size, to logits (batch, heads · 196).
   *
   * @param crop for images larger than 224 pixels: `toDinoSize`.
   */
  forward(images: Tensor, crop?: DinoCrop): Tensor {
    const features = this.dino.forward(toDinoSize(images, crop));
    return joined(this.heads.map((head, i) => head.forward(features[i]!)));
  }

  /** Shapes as for `forward`; the buffers are those of spectral and batch norms. */
  train(images: Tensor, crop?: DinoCrop): DiscriminatorTraining {
    const features = this.dino.forward(toDinoSize(images, crop));
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

/** A convolution, its norm, and a leaky ReLU: places 0 and 1. */
type Block = readonly [SpectralConv1d, BatchNorm | LocalBatchNorm];

/** What runs a layer and may note what its buffers become. */
interface Pass {
  convolve(layer: SpectralConv1d, x: Tensor, path: string): Tensor;
  normalize(layer: BatchNorm | LocalBatchNorm, x: Tensor, path: string): Tensor;
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
      normalization === 'local' ? new LocalBatchNorm(width) : new BatchNorm(width, { epsilon: 1e-6 }),
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
        if (layer instanceof LocalBatchNorm) return layer.forward(input);
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
