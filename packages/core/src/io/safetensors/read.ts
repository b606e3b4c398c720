import { FileFormatError } from '../../errors.js';
import { regionOf } from '../byte-region.js';
import type { ByteSource } from '../byte-source.js';
import { viewRun } from '../element-run.js';
import type { StoredTensor } from '../stored-tensor.js';
import type { TensorFile } from '../tensor-file.js';
import { parseHeader } from './header.js';

/** Longer headers are refused, as the reference implementation does. */
const longestHeader = 100_000_000;

/**
 * Opens a safetensors file. Reads and validates the header; the tensors are read when asked for, and each has
 * a `range` that an engine can map, but for int16 and int8, which are widened to int32.
 *
 * @throws FileFormatError unless the file is well-formed to the last byte.
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const file = source.name;
  if (source.size < 8) {
    throw new FileFormatError(
      file,
      `${source.size} bytes are too few for a safetensors file; its header length takes 8`,
    );
  }
  const lengthBytes = await source.read(0, 8);
  const length = new DataView(lengthBytes.buffer, lengthBytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    throw new FileFormatError(
      file,
      `a header of ${length} bytes is beyond the limit of ${longestHeader}: this is no safetensors file`,
    );
  }
  const dataStart = 8 + Number(length);
  if (dataStart > source.size) {
    throw new FileFormatError(
      file,
      `the header ends at byte ${dataStart}, but the file has ${source.size}: it is truncated`,
    );
  }
  const json = await source.read(8, Number(length));
  const { metadata, entries } = parseHeader(json, source.size - dataStart, file);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, type, shape, begin, end } of entries) {
    const region = regionOf({ source, offset: dataStart + begin, length: end - begin });
    tensors.set(name, viewRun({ type, bigEndian: false, region }, { shape }));
  }
  return { metadata, tensors, close: async () => source.close?.() };
}
