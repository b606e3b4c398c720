import { formatShape, rsqrt, ShapeError, type Tensor } from '@softvq/core';
import { filled, Module } from '@softvq/core/nn';

/** As many samples share statistics. */
const groupSize = 8;
const epsilon = 1e-6;

/**
 * Batch norm over groups of at most eight samples, so that it means the same at any batch size, and without running
 * statistics, so that evaluation is the same as training.
 */
export class LocalBatchNorm extends Module {
  /** (channels), at first 1. */
  readonly weight: Tensor;
  /** (channels), at first 0. */
  readonly bias: Tensor;

  constructor(channels: number) {
    super();
    this.weight = filled([channels], 1);
    this.bias = filled([channels], 0);
  }

  /**
   * (batch, channels, length) to the same. The batch, static, divides into ⌈batch / 8⌉ groups of consecutive samples.
   *
   * @throws ShapeError when it does not.
   */
  forward(x: Tensor): Tensor {
    const [batch, channels, length] = x.shape;
    const groups = Math.ceil(Number(batch) / groupSize);
    if (x.rank !== 3 || typeof batch !== 'number' || batch % groups !== 0) {
      throw new ShapeError(
        `LocalBatchNorm takes (batch, channels, length) with a batch of equal groups of at most ${groupSize}, not ${formatShape(x.shape)}`,
      );
    }
    const grouped = x.reshape([groups, batch / groups, channels!, length!]);
    const centered = grouped.sub(grouped.mean([1, 3], { keepDims: true }));
    const variance = centered.square().mean([1, 3], { keepDims: true });
    const normalized = centered.mul(rsqrt(variance.add(epsilon))).reshape(x.shape);
    return normalized.mul(this.weight.reshape([channels!, 1])).add(this.bias.reshape([channels!, 1]));
  }
}
