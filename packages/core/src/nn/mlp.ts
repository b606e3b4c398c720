import { gelu } from '../operations/activations.js';
import type { Tensor } from '../tensor/tensor.js';
import { Dropout } from './dropout.js';
import { Linear } from './linear.js';
import { Module } from './module.js';
import { defaultRandom, type InitializerOptions, type RandomOptions } from './parameter.js';
import type { TracedRandom } from './traced-random.js';

export interface MlpOptions extends RandomOptions, InitializerOptions {
  /** Width between the two layers. Default four times the input's. */
  readonly hidden?: number;
  /** Default the input's. */
  readonly outputs?: number;
  /** Which GELU: exact (`none`, the default) or by tanh. */
  readonly approximate?: 'none' | 'tanh';
  /** Probability that an element is dropped, after the activation and at the end. Default 0. */
  readonly dropout?: number;
}

/** Two linear layers with GELU between: timm's `Mlp`. */
export class Mlp extends Module {
  readonly fc1: Linear;
  readonly fc2: Linear;
  readonly drop: Dropout;
  readonly approximate: 'none' | 'tanh';

  constructor(
    width: number,
    {
      hidden = 4 * width,
      outputs = width,
      approximate = 'none',
      dropout = 0,
      initializers,
      random = defaultRandom(),
    }: MlpOptions = {},
  ) {
    super();
    this.fc1 = new Linear(width, hidden, { initializers, random: random.child('fc1') });
    this.fc2 = new Linear(hidden, outputs, { initializers, random: random.child('fc2') });
    this.drop = new Dropout(dropout);
    this.approximate = approximate;
  }

  /**
   * (…, width) to (…, outputs).
   *
   * @param random for dropout; without it nothing is dropped.
   */
  forward(x: Tensor, random?: TracedRandom): Tensor {
    const hidden = gelu(this.fc1.forward(x), { approximate: this.approximate });
    const kept = this.drop.forward(hidden, random?.child('drop1'));
    return this.drop.forward(this.fc2.forward(kept), random?.child('drop2'));
  }
}
