import type * as tensorflow from '@tensorflow/tfjs';
import { withSharedPrograms } from './shared-programs.js';

/** The tfjs module. */
export type Tf = typeof tensorflow;
export type Tensor = tensorflow.Tensor;

/** tfjs with one of its backends, which computes and holds all tensors. */
export interface Engine {
  readonly tf: Tf;
  /** What tfjs calls its backend: `webgl`, `webgpu`, `wasm`, `cpu`, or the name of one that was registered. */
  readonly device: string;
  /** The backend itself. */
  readonly instance: ReturnType<Tf['findBackend']>;
}

/**
 * Runs something that does not wait with the engine's backend as the current one. tfjs has one current backend for
 * everybody, and changes it at once where it is initialised already, as the engine's is.
 */
export function onDevice<Result>({ tf, device, instance }: Engine, compute: () => Result): Result {
  const current = tf.getBackend();
  if (current !== device) void tf.setBackend(device);
  try {
    return isWebgl(instance) ? withSharedPrograms(tf, instance, compute) : compute();
  } finally {
    if (current !== device) void tf.setBackend(current);
  }
}

/** Whether it is the WebGL device, under whatever name. */
export function isWebgl(instance: Engine['instance']): instance is tensorflow.MathBackendWebGL {
  return 'gpgpu' in instance;
}
