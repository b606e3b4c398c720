import { ArgumentError, ShapeError } from '../errors.js';
import { transpose } from '../operations/movement.js';
import { linear } from '../operations/products.js';
import { formatShape } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { torchBias, torchWeight } from './initializers.js';
import { Module } from './module.js';
import { defaultRandom, type InitializerOptions, parameter, type RandomOptions } from './parameter.js';

export interface PatchEmbedOptions extends RandomOptions, InitializerOptions {
  /** Side of a patch. */
  readonly patchSize: number;
  /** Width of a token. */
  readonly width: number;
  /** Channels of an image. Default 3. */
  readonly channels?: number;
}

/**
 * Images cut into square patches, each a token by one linear map, row by row: timm's `PatchEmbed`. The parameters
 * are those of a convolution whose stride is its kernel, computed as one matrix product.
 */
export class PatchEmbed extends Module {
  /** `weight` (width, channels, patchSize, patchSize) and `bias` (width). */
  readonly proj: { readonly weight: Tensor; readonly bias: Tensor };
  readonly patchSize: number;

  constructor({
    patchSize,
    width,
    channels = 3,
    initializers = {},
    random = defaultRandom(),
  }: PatchEmbedOptions) {
    super();
    if (!Number.isInteger(patchSize) || patchSize < 1) {
      throw new ArgumentError(`PatchEmbed: the patch size must be a whole number from 1, not ${patchSize}`);
    }
    const stream = random.child('proj');
    const shape = [width, channels, patchSize, patchSize];
    const { weight = torchWeight(), bias = torchBias(channels * patchSize ** 2) } = initializers;
    this.patchSize = patchSize;
    this.proj = {
      weight: parameter(shape, weight, stream, 'weight'),
      bias: parameter([width], bias, stream, 'bias'),
    };
  }

  /**
   * (batch, channels, height, width) to (batch, patches, token width). The batch may be known only at run time.
   *
   * @throws ShapeError unless height and width are multiples of the patch size.
   */
  forward(images: Tensor): Tensor {
    const { patchSize: side, proj } = this;
    const [width, channels] = proj.weight.shape as readonly [number, number];
    const [batch, given, height, breadth] = images.shape;
    const fits =
      images.rank === 4 &&
      given === channels &&
      typeof height === 'number' &&
      typeof breadth === 'number' &&
      height % side === 0 &&
      breadth % side === 0;
    if (!fits) {
      throw new ShapeError(
        `PatchEmbed takes (batch, ${channels}, height, width) in patches of ${side}, not ${formatShape(images.shape)}`,
      );
    }
    const [rows, columns] = [height / side, breadth / side];
    const cut = images.reshape([batch!, channels, rows, side, columns, side]);
    const patches = transpose(cut, [0, 2, 4, 1, 3, 5]).reshape([
      batch!,
      rows * columns,
      channels * side * side,
    ]);
    return linear(patches, proj.weight.reshape([width, channels * side * side]), proj.bias);
  }
}
