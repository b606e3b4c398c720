import type { DType } from '../../tensor/dtype.js';
import type { FileElementType } from '../file-elements.js';

/** The element types that we read, by their names in a safetensors header. */
export const typeOfCode: ReadonlyMap<string, FileElementType> = new Map<string, FileElementType>([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** The names that we write. */
export const codeOfType: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  bool: 'BOOL',
};
