import { ArgumentError } from '../errors.js';
import { assertHostArray, bytesOf, bytesPerElement, type DType, type HostTensor } from '../tensor/dtype.js';

/**
 * A tensor to be written: elements at hand, elements that are fetched when their turn comes (a `StoredTensor`
 * is one), or raw bytes in pieces for what does not fit in memory.
 */
export type TensorSource = HostTensor | LazyTensor | ChunkedTensor;

export interface LazyTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  read(): Promise<HostTensor>;
}

export interface ChunkedTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The row-major little-endian bytes of the elements, cut anywhere. */
  readonly chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/**
 * How many bytes a tensor takes in a file.
 *
 * @throws ArgumentError when its shape is impossible.
 */
export function byteLengthOf(name: string, { dtype, shape }: TensorSource): number {
  const length = shape.reduce((product, size) => product * size, bytesPerElement(dtype));
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(length))
    return length;
  throw new ArgumentError(`tensor ${JSON.stringify(name)} has the impossible shape [${shape.join(', ')}]`);
}

/**
 * The bytes of a tensor.
 *
 * @throws ArgumentError when what it delivers is not what it announced.
 */
export async function* bytesOfTensor(
  name: string,
  tensor: TensorSource,
): AsyncGenerator<Uint8Array, void, void> {
  const announced = byteLengthOf(name, tensor);
  let delivered = 0;
  for await (const chunk of chunksOf(name, tensor)) {
    delivered += chunk.byteLength;
    yield chunk;
  }
  if (delivered !== announced) {
    throw new ArgumentError(
      `tensor ${JSON.stringify(name)}: ${tensor.dtype} [${tensor.shape.join(', ')}] takes ${announced} bytes, not ${delivered}`,
    );
  }
}

async function* chunksOf(name: string, tensor: TensorSource): AsyncGenerator<Uint8Array, void, void> {
  if ('chunks' in tensor) {
    yield* tensor.chunks;
    return;
  }
  const { dtype, data } = 'read' in tensor ? await tensor.read() : tensor;
  if (dtype !== tensor.dtype) {
    throw new ArgumentError(
      `tensor ${JSON.stringify(name)} was announced as ${tensor.dtype} and is ${dtype}`,
    );
  }
  assertHostArray(dtype, data);
  yield bytesOf(data);
}
