import { formatShape, maximum, ShapeError, sqrt, type Tensor, tensor } from '@softvq/core';
import { Conv2d, Module, type RandomOptions } from '@softvq/core/nn';
import { Vgg16, vggChannels } from './vgg16.js';

/** A linear head: one weight (1, channels, 1, 1) for each channel. Its place 1 is because 0 is a dropout. */
interface Head {
  readonly model: Readonly<Record<1, Conv2d>>;
}

/**
 * Learned perceptual distance of images (LPIPS v0.1, Zhang et al., 2018, eq. 1): the weighted squared difference of
 * VGG-16 features at unit length, averaged over space and summed over five depths.
 *
 * Its numbers mean something with trained weights only: `lpipsFromWeights`. None of them is trained here: all are in
 * `buffers()`. Dropout before the heads is off, also while a tokenizer trains.
 */
export class Lpips extends Module {
  readonly net: Vgg16;
  readonly lin0: Head;
  readonly lin1: Head;
  readonly lin2: Head;
  readonly lin3: Head;
  readonly lin4: Head;

  constructor(options: RandomOptions = {}) {
    super();
    this.net = new Vgg16(options);
    this.lin0 = head(0, options);
    this.lin1 = head(1, options);
    this.lin2 = head(2, options);
    this.lin3 = head(3, options);
    this.lin4 = head(4, options);
    this.mark('frozen', 'net', 'lin0', 'lin1', 'lin2', 'lin3', 'lin4');
  }

  /**
   * The mean distance of the pairs of a batch, a scalar: the perceptual loss. Shapes and errors as for `distances`.
   */
  forward(reconstruction: Tensor, images: Tensor): Tensor {
    return this.distances(reconstruction, images).mean();
  }

  /**
   * The distance of each pair, 0 or more: (batch).
   *
   * @param reconstruction (batch, 3, height, width), nominally in [-1, 1]; sides of 16 or more, static.
   * @param images of the same shape.
   * @throws ShapeError for other shapes.
   */
  distances(reconstruction: Tensor, images: Tensor): Tensor {
    if (formatShape(reconstruction.shape) !== formatShape(images.shape)) {
      throw new ShapeError(
        `LPIPS compares images of one shape, not ${formatShape(reconstruction.shape)} and ${formatShape(images.shape)}`,
      );
    }
    const [left, right] = [this.features(reconstruction), this.features(images)];
    return [this.lin0, this.lin1, this.lin2, this.lin3, this.lin4]
      .map(({ model }, depth) => {
        const difference = atUnitLength(left[depth]!).sub(atUnitLength(right[depth]!));
        // The head and the mean over space are linear and commute; the mean first leaves less to weight.
        const ofChannels = difference.square().mean([2, 3]);
        return ofChannels.mul(model[1].weight.reshape([vggChannels[depth]!])).sum(1);
      })
      .reduce((sum, distance) => sum.add(distance));
  }

  /**
   * What is compared, before it is brought to unit length: features of five depths as in `Vgg16.forward`.
   *
   * @param images (batch, 3, height, width), nominally in [-1, 1]; sides of 16 or more, static.
   * @throws ShapeError for another shape.
   */
  features(images: Tensor): Tensor[] {
    const [, channels, ...sides] = images.shape;
    const fits = images.rank === 4 && channels === 3 && sides.every((side) => Number(side) >= 16);
    if (!fits) {
      throw new ShapeError(
        `LPIPS takes images (batch, 3, height, width) with sides of 16 or more, not ${formatShape(images.shape)}`,
      );
    }
    return this.net.forward(images.sub(perChannel(shift)).div(perChannel(scale)));
  }
}

/** ImageNet's mean and deviation for images in [-1, 1] instead of [0, 1], as rounded by LPIPS. */
const shift = [-0.03, -0.088, -0.188] as const;
const scale = [0.458, 0.448, 0.45] as const;

/** Beside the norm, so that features of 0 stay 0. */
const epsilon = 1e-10;

/** The least sum of squares under the root: far below epsilon², there to keep the root's derivative finite at 0. */
const leastSquare = 1e-30;

function atUnitLength(features: Tensor): Tensor {
  const squares = features.square().sum(1, { keepDims: true });
  return features.div(sqrt(maximum(squares, leastSquare)).add(epsilon));
}

function perChannel(values: readonly number[]): Tensor {
  return tensor(values, { shape: [1, 3, 1, 1] });
}

function head(depth: number, { random }: RandomOptions): Head {
  const options = { kernel: 1, bias: false, random: random?.child('lin', depth) };
  return { model: { 1: new Conv2d(vggChannels[depth]!, 1, options) } };
}
