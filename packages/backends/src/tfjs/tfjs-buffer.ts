import { bytesPerElement, type DeviceBuffer, DisposedError, type DType, sizeOf } from '@softvq/core';
import type { Tensor } from './engine.js';

/** A tensor of tfjs that stays until it is disposed. */
export class TfjsBuffer implements DeviceBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly #onDispose: (buffer: TfjsBuffer) => void;
  #tensor: Tensor | undefined;

  constructor(tensor: Tensor, onDispose: (buffer: TfjsBuffer) => void) {
    this.dtype = tensor.dtype as DType;
    this.shape = tensor.shape;
    this.#tensor = tensor;
    this.#onDispose = onDispose;
  }

  get byteLength(): number {
    return sizeOf(this.shape) * bytesPerElement(this.dtype);
  }

  /** @throws DisposedError once the buffer was disposed or donated. */
  get tensor(): Tensor {
    if (this.#tensor === undefined) {
      throw new DisposedError(
        `a ${this.dtype}[${this.shape.join(', ')}] buffer of the tfjs backend is used after it was given up`,
      );
    }
    return this.#tensor;
  }

  dispose(): void {
    if (this.#tensor === undefined) return;
    this.#tensor.dispose();
    this.#tensor = undefined;
    this.#onDispose(this);
  }
}
