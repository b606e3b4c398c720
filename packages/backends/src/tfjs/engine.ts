import type * as tensorflow from '@tensorflow/tfjs';

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
export function onDevice<Result>({ tf, device }: Engine, compute: () => Result): Result {
  const current = tf.getBackend();
  if (current === device) return compute();
  void tf.setBackend(device);
  try {
    return compute();
  } finally {
    void tf.setBackend(current);
  }
}
