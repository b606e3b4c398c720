import { RandomStream } from '../random/random-stream.js';
import { deferred } from '../tensor/creation.js';
import { sizeOf } from '../tensor/dimension.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Initializer } from './initializers.js';

/** What every layer's constructor takes besides its own options. */
export interface RandomOptions {
  /**
   * Where initial values come from. Each parameter draws from a child of its own, so that they do not depend on the
   * order in which parameters are used or on which of them a checkpoint replaces. Without one, every layer has
   * a stream numbered by how many layers were made before it.
   */
  readonly random?: RandomStream | undefined;
}

/** Initial values of a layer with weights and biases, in place of its own. */
export interface InitializerOptions {
  readonly initializers?: { readonly weight?: Initializer; readonly bias?: Initializer } | undefined;
}

/** A float32 parameter whose elements are made when they are first needed, and never if a checkpoint comes first. */
export function parameter(
  shape: readonly number[],
  initializer: Initializer,
  random: RandomStream,
  name: string,
): Tensor {
  return deferred('float32', shape, () => initializer(shape, random.child(name)));
}

let layersWithoutStream = 0;

/** The stream of a layer that was given none; layers that look alike must not start alike. */
export function defaultRandom(): RandomStream {
  return new RandomStream({ seed: 0, name: 'parameters', index: layersWithoutStream++ });
}

/** A float32 parameter that is one number everywhere. */
export function filled(shape: readonly number[], value: number): Tensor {
  return deferred('float32', shape, () => new Float32Array(sizeOf(shape)).fill(value));
}
