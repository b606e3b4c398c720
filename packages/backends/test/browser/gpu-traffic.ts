/** What a page's devices did so far. */
export interface GpuTraffic {
  /** Bytes that the page wrote to buffers, by whatever means: tensors, and the engine's own parameters of kernels. */
  readonly written: number;
  /** Bytes that the page read from buffers. */
  readonly read: number;
  /** Bytes of buffers that are alive. */
  readonly alive: number;
}

/**
 * Counts on WebGPU itself, whoever calls it: the application, this library or the engine. To be called before a device
 * is made.
 */
export function watchGpu(): () => GpuTraffic {
  let [written, read, alive] = [0, 0, 0];
  const living = new WeakSet<GPUBuffer>();

  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    living.add(buffer);
    alive += descriptor.size;
    return buffer;
  };
  const { destroy, getMappedRange } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    if (living.delete(this)) alive -= this.size;
    return destroy.call(this);
  };
  GPUBuffer.prototype.getMappedRange = function (offset, size) {
    const range = getMappedRange.call(this, offset, size);
    if ((this.usage & GPUBufferUsage.MAP_READ) !== 0) read += range.byteLength;
    else written += range.byteLength;
    return range;
  };
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, bufferOffset, data, dataOffset = 0, size) {
    const unit = 'BYTES_PER_ELEMENT' in data ? Number(data.BYTES_PER_ELEMENT) : 1;
    written += size === undefined ? data.byteLength - dataOffset * unit : size * unit;
    return writeBuffer.call(this, buffer, bufferOffset, data as GPUAllowSharedBufferSource, dataOffset, size);
  };
  return () => ({ written, read, alive });
}
