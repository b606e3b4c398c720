import type { StoredTensor } from '../io/stored-tensor.js';
import { cast } from '../operations/elementwise.js';
import { convertElements } from '../tensor/convert-elements.js';
import { fromStored } from '../tensor/creation.js';
import type { DType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';

/** A tensor of the given element type from one at hand or in a file, converted when it is first needed. */
export function tensorOfType(source: Tensor | StoredTensor, dtype: DType): Tensor {
  if (source instanceof Tensor) return cast(source, dtype);
  // Without a conversion the byte range stays, which lets an engine map the file.
  if (source.dtype === dtype) return fromStored(source);
  const { storedAs, shape } = source;
  return fromStored({
    dtype,
    storedAs,
    shape,
    read: async () => convertElements(await source.read(), dtype),
  });
}
