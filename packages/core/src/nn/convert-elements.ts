import type { StoredTensor } from '../io/stored-tensor.js';
import { cast } from '../operations/elementwise.js';
import { convertElements } from '../tensor/convert-elements.js';
import { fromStored } from '../tensor/creation.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** A tensor of the given element type from one at hand or in a file, converted when it is first needed. */
export function tensorOfType(source: Tensor | StoredTensor, dtype: DType): Tensor {
  if (source instanceof Tensor) return cast(source, dtype);
  if (source.dtype === dtype) return fromStored(source);
  // The byte range stays, which lets an engine map the file and convert the elements itself.
  const { storedAs, shape, range } = source;
  return fromStored({
    dtype,
    storedAs,
    shape,
    ...(range !== undefined && { range }),
    read: async () => convertElements(await source.read(), dtype),
  });
}
