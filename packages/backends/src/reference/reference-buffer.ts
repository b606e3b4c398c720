import {
  bytesPerElement,
  type DeviceBuffer,
  DisposedError,
  type DType,
  type HostArray,
  sizeOf,
} from '@softvq/core';

/** A host array that can be given up. Its elements are never written to, so buffers may share them. */
export class ReferenceBuffer implements DeviceBuffer {
  readonly dtype: DType;
  readonly shape: readonly number[];
  #elements: HostArray | undefined;

  constructor(dtype: DType, shape: readonly number[], elements: HostArray) {
    this.dtype = dtype;
    this.shape = shape;
    this.#elements = elements;
  }

  get byteLength(): number {
    return sizeOf(this.shape) * bytesPerElement(this.dtype);
  }

  /** @throws DisposedError once the buffer was disposed or donated. */
  get elements(): HostArray {
    if (this.#elements === undefined) {
      throw new DisposedError(
        `a ${this.dtype}[${this.shape.join(', ')}] buffer is used after it was given up`,
      );
    }
    return this.#elements;
  }

  dispose(): void {
    this.#elements = undefined;
  }
}
