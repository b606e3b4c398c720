import { ArgumentError, conv1d, matmul, normalize, pad, stopGradient, type Tensor } from '@softvq/core';
import { Module, normal, parameter, type TensorRecord, torchBias, torchWeight } from '@softvq/core/nn';
import { RandomStream } from '@softvq/core/random';

export interface SpectralConv1dOptions {
  /** Size of the window, odd. Default 1. */
  readonly kernel?: number;
  readonly random?: RandomStream;
}

/** A pass that also moved the estimate of the largest singular value. */
export interface SpectralTraining {
  readonly output: Tensor;
  /** `weight_u` and `weight_v` for the next pass. */
  readonly buffers: TensorRecord;
}

/**
 * A circular convolution along one axis whose weight is divided by its largest singular value (Miyato et al., 2018,
 * eq. 8 and algorithm 1), as `torch.nn.Conv1d` under `torch.nn.utils.spectral_norm`. The weight counts as a matrix
 * (outputs, inputs · kernel). The gradient takes the singular vectors as given and the value as a function of the
 * weight.
 */
export class SpectralConv1d extends Module {
  /** (outputs, inputs, kernel). */
  readonly weight_orig: Tensor;
  /** (outputs). */
  readonly bias: Tensor;
  /** (outputs), at unit length: the left singular vector as estimated so far. A buffer. */
  readonly weight_u: Tensor;
  /** (inputs · kernel), at unit length: the right one. A buffer. */
  readonly weight_v: Tensor;

  /** @throws ArgumentError unless the window is odd: only then does the length stay. */
  constructor(inputs: number, outputs: number, { kernel = 1, random }: SpectralConv1dOptions = {}) {
    super();
    if (!Number.isInteger(kernel) || kernel % 2 !== 1 || kernel < 1) {
      throw new ArgumentError(`SpectralConv1d: the window must be odd, not ${kernel}`);
    }
    const stream = random ?? new RandomStream({ seed: 0, name: 'spectral norm' });
    const fanIn = inputs * kernel;
    const direction = (size: number, name: string): Tensor =>
      parameter([size], (shape, child) => unitLength(normal()(shape, child)), stream, name);
    this.weight_orig = parameter([outputs, inputs, kernel], torchWeight(), stream, 'weight_orig');
    this.bias = parameter([outputs], torchBias(fanIn), stream, 'bias');
    this.weight_u = direction(outputs, 'weight_u');
    this.weight_v = direction(fanIn, 'weight_v');
    this.mark('buffer', 'weight_u', 'weight_v');
  }

  /** (batch, inputs, length) to (batch, outputs, length), by the stored estimate. */
  forward(x: Tensor): Tensor {
    return this.convolve(x, this.weight_u, this.weight_v);
  }

  /** Shapes as for `forward`, after one step of the power iteration. */
  train(x: Tensor): SpectralTraining {
    const matrix = stopGradient(this.matrix());
    const right = normalize(matmul(column(this.weight_u), matrix, { transposeA: true }).reshape([-1]));
    const left = normalize(matmul(matrix, column(right)).reshape([-1]));
    return { output: this.convolve(x, left, right), buffers: { weight_u: left, weight_v: right } };
  }

  private convolve(x: Tensor, left: Tensor, right: Tensor): Tensor {
    const largest = left.mul(matmul(this.matrix(), column(right)).reshape([-1])).sum();
    const weight = this.weight_orig.div(largest);
    const around = Math.floor((weight.shape[2] as number) / 2);
    const ring = pad(
      x,
      [
        [0, 0],
        [0, 0],
        [around, around],
      ],
      { mode: 'circular' },
    );
    return conv1d(ring, weight, { bias: this.bias });
  }

  private matrix(): Tensor {
    return this.weight_orig.reshape([this.weight_orig.shape[0]!, -1]);
  }
}

function column(vector: Tensor): Tensor {
  return vector.reshape([-1, 1]);
}

function unitLength(values: Float32Array): Float32Array {
  const length = Math.max(Math.hypot(...values), 1e-12);
  return values.map((value) => value / length);
}
