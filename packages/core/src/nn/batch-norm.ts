import { ShapeError } from '../errors.js';
import { stopGradient } from '../operations/elementwise.js';
import { batchNorm } from '../operations/normalization.js';
import { mean } from '../operations/reductions.js';
import { dimensionValue } from '../tensor/creation.js';
import { formatShape, sizeOf } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';
import { filled } from './parameter.js';

export interface BatchNormOptions {
  /** Added to the variance before the root. Default 1e-5. */
  readonly epsilon?: number;
  /** Share of a batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Whether there are a weight and a bias. Default true. */
  readonly affine?: boolean;
}

export interface BatchNormTraining {
  readonly output: Tensor;
  /** The new running statistics by the names of this module, to be put into the next step's module by `with`. */
  readonly statistics: { readonly running_mean: Tensor; readonly running_var: Tensor };
}

/** Normalises channels, as `torch.nn.BatchNorm1d`, `2d` and `3d`. */
export class BatchNorm extends Module {
  /** (channels), at first 1. */
  readonly weight: Tensor | undefined;
  /** (channels), at first 0. */
  readonly bias: Tensor | undefined;
  /** (channels), at first 0. A buffer. */
  readonly running_mean: Tensor;
  /** (channels), unbiased, at first 1. A buffer. */
  readonly running_var: Tensor;
  readonly epsilon: number;
  readonly momentum: number;

  constructor(channels: number, { epsilon = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions = {}) {
    super();
    this.epsilon = epsilon;
    this.momentum = momentum;
    this.weight = affine ? filled([channels], 1) : undefined;
    this.bias = affine ? filled([channels], 0) : undefined;
    this.running_mean = filled([channels], 0);
    this.running_var = filled([channels], 1);
    this.mark('buffer', 'running_mean', 'running_var');
  }

  override get unusedNames(): readonly string[] {
    return ['num_batches_tracked'];
  }

  /** (batch, channels, …) to the same, by the running statistics: evaluation. */
  forward(x: Tensor): Tensor {
    return this.normalize(x, this.running_mean, this.running_var);
  }

  /**
   * (batch, channels, …) to the same, by the statistics of x itself, and what the running statistics become.
   *
   * @throws ShapeError when there is only one number a channel.
   */
  train(x: Tensor): BatchNormTraining {
    const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const count = sizeOf(axes.map((axis) => x.shape[axis]!));
    if (count === 1) {
      throw new ShapeError(`BatchNorm: ${formatShape(x.shape)} has one number a channel and so no variance`);
    }
    const centre = mean(x, axes, { keepDims: true });
    const variance = mean(x.sub(centre).square(), axes);
    const average = centre.reshape([x.shape[1]!]);
    const numbers = dimensionValue(count, x.dtype);
    const unbiased = variance.mul(numbers.div(numbers.sub(1)));
    return {
      output: this.normalize(x, average, variance),
      statistics: {
        running_mean: this.moved(this.running_mean, average),
        running_var: this.moved(this.running_var, unbiased),
      },
    };
  }

  private normalize(x: Tensor, average: Tensor, variance: Tensor): Tensor {
    const { weight, bias, epsilon } = this;
    return batchNorm(x, { mean: average, variance, weight, bias, epsilon });
  }

  private moved(running: Tensor, ofBatch: Tensor): Tensor {
    return running.mul(1 - this.momentum).add(stopGradient(ofBatch).mul(this.momentum));
  }
}
