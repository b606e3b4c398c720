import { ArgumentError } from '../../errors.js';
import { type ByteRegion, regionOf } from '../byte-region.js';
import type { ByteSource } from '../byte-source.js';
import { viewRun } from '../element-run.js';
import type { StoredTensor } from '../stored-tensor.js';
import { columnMajorStrides, contiguousStrides } from '../strided.js';
import { bytesOfTensor, type TensorSource } from '../tensor-source.js';
import { descriptorOfType } from './element-descriptor.js';
import { longestStart, type NpyHeader, parseNpyHeader } from './header.js';

/**
 * Opens a .npy file: reads its header, and the elements when asked for. Elements of either byte order are read,
 * in row-major or column-major ("Fortran") order; small integers are widened to int32, uint32 to int64.
 *
 * @throws FileFormatError when the file is malformed or of an element type that is not supported.
 */
export async function openNpy(source: ByteSource): Promise<StoredTensor> {
  const start = await source.read(0, Math.min(source.size, longestStart));
  const header = parseNpyHeader(start, source.size, source.name, 'the file');
  return npyTensor(header, regionOf({ source, offset: 0, length: source.size }));
}

/** The tensor of a .npy file, given the region of the whole file. */
export function npyTensor(
  { type, bigEndian, shape, columnMajor, dataStart }: NpyHeader,
  file: ByteRegion,
): StoredTensor {
  const size = file.size - dataStart;
  const region: ByteRegion = file.range
    ? regionOf({ source: file.range.source, offset: file.range.offset + dataStart, length: size })
    : { size, read: (offset, length) => file.read(dataStart + offset, length) };
  const strides = columnMajor ? columnMajorStrides(shape) : contiguousStrides(shape);
  return viewRun({ type, bigEndian, region }, { shape, strides });
}

/** Writes a tensor as a .npy file (version 1), in pieces. */
export async function* encodeNpy(tensor: TensorSource): AsyncGenerator<Uint8Array, void, void> {
  yield npyHeader(tensor);
  yield* bytesOfTensor('array', tensor);
}

function npyHeader({ dtype, shape }: TensorSource): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descriptorOfType[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The elements begin at a multiple of 64 bytes, after a line feed.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  if (length > 0xffff) throw new ArgumentError(`a tensor of ${shape.length} axes does not fit a .npy header`);
  const header = new TextEncoder().encode(`\x00NUMPY\x01\x00\x00\x00${text.padEnd(length - 1)}\n`);
  header[0] = 0x93;
  new DataView(header.buffer).setUint16(8, length, true);
  return header;
}
