import { type DType, type HostArray, viewBytes } from '../tensor/dtype.js';
import { bfloat16ToFloat32 } from '../tensor/half.js';

/** The element types of files: more than tensors have. The others are widened when read. */
export type FileElementType = DType | 'bfloat16' | 'int8' | 'int16' | 'uint16' | 'uint32';

/** Bytes of one element in a file, and the element type that a tensor has after reading. */
const table: Record<FileElementType, { readonly bytes: number; readonly dtype: DType }> = {
  float32: { bytes: 4, dtype: 'float32' },
  float16: { bytes: 2, dtype: 'float16' },
  bfloat16: { bytes: 2, dtype: 'float32' },
  float64: { bytes: 8, dtype: 'float64' },
  int64: { bytes: 8, dtype: 'int64' },
  uint32: { bytes: 4, dtype: 'int64' },
  int32: { bytes: 4, dtype: 'int32' },
  uint16: { bytes: 2, dtype: 'int32' },
  int16: { bytes: 2, dtype: 'int32' },
  int8: { bytes: 1, dtype: 'int32' },
  uint8: { bytes: 1, dtype: 'uint8' },
  bool: { bytes: 1, dtype: 'bool' },
};

export function bytesPerFileElement(type: FileElementType): number {
  return table[type].bytes;
}

/** The element type of tensors read from elements of `type`. */
export function dtypeOf(type: FileElementType): DType {
  return table[type].dtype;
}

/** Whether `StoredTensor.storedAs` can name the type, so that an engine may map its bytes. */
export function isMappable(type: FileElementType): type is DType | 'bfloat16' {
  return type === 'bfloat16' || table[type].dtype === type;
}

/**
 * Reads bytes as elements of `dtypeOf(type)`, into memory of their own.
 *
 * @param bytes a whole number of elements.
 */
export function decodeElements(type: FileElementType, bytes: Uint8Array, bigEndian: boolean): HostArray {
  // A source may hand out a view of bytes that it keeps, hence the copy. Typed arrays are little-endian on
  // every platform that runs JavaScript today.
  const own = new Uint8Array(bytes);
  if (bigEndian) reverseEach(own, table[type].bytes);
  switch (type) {
    case 'bfloat16':
      return bfloat16ToFloat32(new Uint16Array(own.buffer));
    case 'uint32':
      return BigInt64Array.from(new Uint32Array(own.buffer), BigInt);
    case 'int16':
      return new Int32Array(new Int16Array(own.buffer));
    case 'uint16':
      return new Int32Array(new Uint16Array(own.buffer));
    case 'int8':
      return new Int32Array(new Int8Array(own.buffer));
    case 'bool':
      return own.map((byte) => Math.min(byte, 1));
    default:
      return viewBytes(type, own);
  }
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let start = 0; start < bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}
