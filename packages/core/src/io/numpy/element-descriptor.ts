import type { DType } from '../../tensor/dtype.js';
import type { FileElementType } from '../file-elements.js';

/** The element types that we read, by what numpy's descriptors say after the byte order. */
const typeOfCode: ReadonlyMap<string, FileElementType> = new Map<string, FileElementType>([
  ['f2', 'float16'],
  ['f4', 'float32'],
  ['f8', 'float64'],
  ['i1', 'int8'],
  ['i2', 'int16'],
  ['i4', 'int32'],
  ['i8', 'int64'],
  ['u1', 'uint8'],
  ['u2', 'uint16'],
  ['u4', 'uint32'],
  ['b1', 'bool'],
]);

/** The descriptors that we write. */
export const descriptorOfType: Readonly<Record<DType, string>> = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  bool: '|b1',
};

export interface ElementDescriptor {
  readonly type: FileElementType;
  readonly bigEndian: boolean;
}

export const supportedDescriptors = [...typeOfCode.keys()].join(', ');

/** Understands `<f4`, `>i8`, `|u1`, `f4`; undefined for anything that we do not read. */
export function parseDescriptor(text: string): ElementDescriptor | undefined {
  const [, order, code = ''] = /^([<>|=]?)(\w+)$/.exec(text) ?? [];
  const type = typeOfCode.get(code);
  return type && { type, bigEndian: order === '>' };
}
