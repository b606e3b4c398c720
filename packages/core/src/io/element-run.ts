import { allocate, type HostTensor } from '../tensor/dtype.js';
import type { ByteRegion } from './byte-region.js';
import {
  bytesPerFileElement,
  decodeElements,
  dtypeOf,
  type FileElementType,
  isMappable,
} from './file-elements.js';
import type { StoredTensor } from './stored-tensor.js';
import { contiguousStrides, elementSpan, gatherStrided, isContiguous } from './strided.js';

/** A flat run of elements in a file. Tensors are views of it. */
export interface ElementRun {
  readonly type: FileElementType;
  readonly bigEndian: boolean;
  readonly region: ByteRegion;
}

/** How a tensor lies in a run. */
export interface ElementView {
  readonly shape: readonly number[];
  /** In elements, not negative. Row-major when left out. */
  readonly strides?: readonly number[];
  /** The element of the run that the view begins with. Default 0. */
  readonly offset?: number;
}

/** A tensor over part of a run; the caller has checked that it lies inside. */
export function viewRun({ type, bigEndian, region }: ElementRun, view: ElementView): StoredTensor {
  const shape = Object.freeze([...view.shape]);
  const strides = view.strides === undefined ? contiguousStrides(shape) : [...view.strides];
  const size = bytesPerFileElement(type);
  const start = (view.offset ?? 0) * size;
  const length = elementSpan(shape, strides) * size;
  const contiguous = isContiguous(shape, strides);
  const dtype = dtypeOf(type);

  async function read(): Promise<HostTensor> {
    const elements = decodeElements(type, await region.read(start, length), bigEndian);
    if (contiguous) return { dtype, shape, data: elements };
    const data = allocate(
      dtype,
      shape.reduce((product, axis) => product * axis, 1),
    );
    gatherStrided(data, elements, shape, strides);
    return { dtype, shape, data };
  }

  const storedAs = isMappable(type) ? type : dtype;
  if (!contiguous || bigEndian || !isMappable(type) || region.range === undefined) {
    return { dtype, storedAs, shape, read };
  }
  const { source, offset } = region.range;
  return { dtype, storedAs, shape, range: { source, offset: offset + start, length }, read };
}
