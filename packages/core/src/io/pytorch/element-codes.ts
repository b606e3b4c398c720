import type { FileElementType } from '../file-elements.js';

/** The element types of PyTorch's storage classes. */
const typeOfStorage: Readonly<Record<string, FileElementType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** By the names in a pickle; storages saved from a GPU by old versions have classes of their own. */
export const storageTypes: ReadonlyMap<string, FileElementType> = new Map([
  ...Object.entries(typeOfStorage).flatMap(([name, type]) => [
    [`torch.${name}`, type] as const,
    [`torch.cuda.${name}`, type] as const,
  ]),
  ['torch.storage.UntypedStorage', 'uint8'] as const,
  ['torch.UntypedStorage', 'uint8'] as const,
]);
