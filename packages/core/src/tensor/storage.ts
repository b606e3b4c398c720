import type { Backend, DeviceBuffer } from '../contracts/backend.js';
import { BackendError, DisposedError } from '../errors.js';
import type { StoredTensor } from '../io/stored-tensor.js';
import { sizeOf } from './dimension.js';
import { bytesPerElement, type DType, type HostArray, type HostTensor } from './dtype.js';
import { countAllocation, countRelease } from './memory.js';
import { trackInScope } from './scope.js';

/** Where a tensor's elements are, or how to get them. */
export type Origin =
  | { readonly kind: 'host'; readonly data: HostArray }
  /** Made when first needed: initial values that a checkpoint usually replaces. */
  | { readonly kind: 'deferred'; readonly make: () => HostArray }
  /** In a file, read or mapped when first needed. */
  | { readonly kind: 'stored'; readonly stored: StoredTensor }
  | { readonly kind: 'device'; readonly backend: Backend; readonly buffer: DeviceBuffer };

/** What a storage frees when it goes, kept apart from it so that the garbage collector can call it. */
class Holdings {
  #counted = 0;
  readonly buffers = new Map<Backend, DeviceBuffer>();

  count(byteLength: number): void {
    if (this.#counted > 0) return;
    this.#counted = Math.max(1, byteLength);
    countAllocation(byteLength);
  }

  release(): void {
    if (this.#counted > 0) countRelease(this.#counted === 1 ? 0 : this.#counted);
    this.#counted = 0;
    for (const buffer of this.buffers.values()) buffer.dispose();
    this.buffers.clear();
  }
}

const forgotten = new FinalizationRegistry<Holdings>((holdings) => holdings.release());

/** The elements of one tensor: on the host, in a file, on devices. */
export class Storage {
  readonly dtype: DType;
  readonly shape: readonly number[];
  #origin: Origin | undefined;
  #whyGone = 'dispose() was called on it';
  readonly #holdings = new Holdings();
  /** Under way, so that nobody begins a second one. */
  #uploads: Map<Backend, Promise<DeviceBuffer>> | undefined;

  constructor(dtype: DType, shape: readonly number[], origin: Origin) {
    this.dtype = dtype;
    this.shape = shape;
    this.#origin = origin;
    if (origin.kind === 'device') this.#holdings.buffers.set(origin.backend, origin.buffer);
    if (origin.kind === 'host' || origin.kind === 'device') this.#holdings.count(this.byteLength);
    forgotten.register(this, this.#holdings, this);
    trackInScope(this);
  }

  get byteLength(): number {
    return sizeOf(this.shape) * bytesPerElement(this.dtype);
  }

  /** @throws DisposedError that says why, when the elements are gone. */
  assertPresent(): void {
    this.#require();
  }

  /** The elements if they are in host memory already. */
  get resident(): HostTensor | undefined {
    const { dtype, shape } = this;
    return this.#origin?.kind === 'host' ? { dtype, shape, data: this.#origin.data } : undefined;
  }

  /** The elements in host memory; the caller must not write to them. */
  async host(): Promise<HostTensor> {
    const origin = this.#require();
    const { dtype, shape } = this;
    switch (origin.kind) {
      case 'host':
        return { dtype, shape, data: origin.data };
      case 'deferred':
        return { dtype, shape, data: this.#become(origin.make()) };
      case 'stored': {
        const { data } = await origin.stored.read();
        return { dtype, shape, data: this.#become(data) };
      }
      case 'device':
        return { dtype, shape, data: await origin.backend.download(origin.buffer) };
    }
  }

  /** What a graph records when the elements become one of its constants: files are described, not read. */
  async constant(): Promise<HostTensor | StoredTensor> {
    const origin = this.#require();
    return origin.kind === 'stored' ? origin.stored : this.host();
  }

  /** The elements on a backend's device, if they are there already. */
  uploadedTo(backend: Backend): DeviceBuffer | undefined {
    this.#require();
    return this.#holdings.buffers.get(backend);
  }

  /** The elements on a backend's device, uploaded at the first call. */
  async on(backend: Backend): Promise<DeviceBuffer> {
    const origin = this.#require();
    const known = this.uploadedTo(backend);
    if (known !== undefined) return known;
    if (origin.kind === 'device') {
      throw new BackendError(
        `a tensor computed on "${origin.backend.name}" is used on "${backend.name}"; move it with await tensor.to(backend)`,
      );
    }
    this.#uploads ??= new Map();
    const upload = this.#uploads.get(backend) ?? this.#upload(backend);
    this.#uploads.set(backend, upload);
    try {
      return await upload;
    } finally {
      this.#uploads.delete(backend);
    }
  }

  async #upload(backend: Backend): Promise<DeviceBuffer> {
    const buffer = await backend.upload(await this.host());
    if (this.#origin === undefined) buffer.dispose();
    this.#require();
    this.#holdings.buffers.set(backend, buffer);
    return buffer;
  }

  /** Gives the memory back. `reason` is what later uses are told. */
  dispose(reason?: string): void {
    if (this.#origin === undefined) return;
    this.#origin = undefined;
    if (reason !== undefined) this.#whyGone = reason;
    forgotten.unregister(this);
    this.#holdings.release();
  }

  #become(data: HostArray): HostArray {
    if (this.#origin !== undefined) {
      this.#origin = { kind: 'host', data };
      this.#holdings.count(this.byteLength);
    }
    return data;
  }

  #require(): Origin {
    if (this.#origin === undefined) throw new DisposedError(`this tensor is gone: ${this.#whyGone}`);
    return this.#origin;
  }
}
