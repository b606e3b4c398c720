import { ArgumentError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** A module with a forward pass from tensor to tensor, or a function of a tensor such as an activation. */
export type Layer = (Module & { forward(x: Tensor): Tensor }) | ((x: Tensor) => Tensor);

/** Layers one after the other, named by their numbers, as `torch.nn.Sequential`. */
export class Sequential extends Module {
  /** Layer 0 is first. Functions have a number, too, and no parameters. */
  readonly [index: number]: Layer;

  constructor(...layers: readonly Layer[]) {
    super();
    for (const [i, layer] of layers.entries()) {
      if (!(layer instanceof Module) && typeof layer !== 'function') {
        throw new ArgumentError(`Sequential: layer ${i} is neither a module nor a function`);
      }
    }
    Object.assign(this, layers);
  }

  forward(x: Tensor): Tensor {
    const layers: readonly Layer[] = Object.values(this);
    return layers.reduce(
      (value, layer) => (typeof layer === 'function' ? layer(value) : layer.forward(value)),
      x,
    );
  }
}
