import { ArgumentError } from '../errors.js';
import {
  type ConvOptions,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  convTranspose2d,
  type PerAxis,
} from '../operations/products.js';
import type { Tensor } from '../tensor/tensor.js';
import { fans, torchBias, torchWeight } from './initializers.js';
import { Module } from './module.js';
import { defaultRandom, type InitializerOptions, parameter, type RandomOptions } from './parameter.js';

interface ParameterOptions extends RandomOptions, InitializerOptions {
  /** Size of the window: one number for all axes of space, or one for each. */
  readonly kernel: PerAxis;
  /** Default true. */
  readonly bias?: boolean;
}

/** Stride, padding, dilation and groups are those of the operation. */
export type ConvolutionOptions = ParameterOptions & Omit<ConvOptions, 'bias'>;
export type TransposedConvolutionOptions = ParameterOptions & Omit<ConvTransposeOptions, 'bias'>;

/** Weight and bias of a convolution. The first two axes of the weight are given, the window follows. */
function parametersOf(
  channels: readonly [number, number],
  outputs: number,
  space: number,
  { kernel, bias = true, initializers = {}, random = defaultRandom() }: ParameterOptions,
): { weight: Tensor; bias: Tensor | undefined } {
  const window = typeof kernel === 'number' ? Array.from({ length: space }, () => kernel) : kernel;
  const shape = [...channels, ...window];
  if (window.length !== space || shape.some((size) => !Number.isInteger(size) || size < 1)) {
    throw new ArgumentError(
      `a convolution of ${space} axes cannot have a weight [${shape.join(', ')}]: channels must divide by the groups, and sizes be whole numbers from 1`,
    );
  }
  const { weight: weightInitializer = torchWeight(), bias: biasInitializer = torchBias(fans(shape).fanIn) } =
    initializers;
  return {
    weight: parameter(shape, weightInitializer, random, 'weight'),
    bias: bias ? parameter([outputs], biasInitializer, random, 'bias') : undefined,
  };
}

/** What the operation needs to know of the options. */
function settingsOf({ stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvolutionOptions) {
  return { stride, padding, dilation, groups };
}

/** What convolutions have in common, whatever the number of axes of space. */
abstract class Convolution extends Module {
  /** (outputs, inputs / groups, …kernel). */
  readonly weight: Tensor;
  /** (outputs). */
  readonly bias: Tensor | undefined;
  readonly settings: Omit<ConvOptions, 'bias'>;

  constructor(inputs: number, outputs: number, space: number, options: ConvolutionOptions) {
    super();
    this.settings = settingsOf(options);
    const channels = [outputs, inputs / (options.groups ?? 1)] as const;
    ({ weight: this.weight, bias: this.bias } = parametersOf(channels, outputs, space, options));
  }
}

/** Cross-correlation along one axis, as `torch.nn.Conv1d`. */
export class Conv1d extends Convolution {
  constructor(inputs: number, outputs: number, options: ConvolutionOptions) {
    super(inputs, outputs, 1, options);
  }

  /** (batch, inputs, length) to (batch, outputs, length). */
  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, { ...this.settings, bias: this.bias });
  }
}

/** Cross-correlation of images, as `torch.nn.Conv2d`. */
export class Conv2d extends Convolution {
  constructor(inputs: number, outputs: number, options: ConvolutionOptions) {
    super(inputs, outputs, 2, options);
  }

  /** (batch, inputs, height, width) to (batch, outputs, height, width). */
  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, { ...this.settings, bias: this.bias });
  }
}

/** The transpose of a convolution, as `torch.nn.ConvTranspose2d`: a stride of 2 doubles height and width. */
export class ConvTranspose2d extends Module {
  /** (inputs, outputs / groups, kernel height, kernel width). */
  readonly weight: Tensor;
  /** (outputs). */
  readonly bias: Tensor | undefined;
  readonly settings: Omit<ConvTransposeOptions, 'bias'>;

  constructor(inputs: number, outputs: number, options: TransposedConvolutionOptions) {
    super();
    this.settings = { ...settingsOf(options), outputPadding: options.outputPadding ?? 0 };
    const channels = [inputs, outputs / (options.groups ?? 1)] as const;
    ({ weight: this.weight, bias: this.bias } = parametersOf(channels, outputs, 2, options));
  }

  /** (batch, inputs, height, width) to (batch, outputs, height, width). */
  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, { ...this.settings, bias: this.bias });
  }
}
