import { ArgumentError } from '../../errors.js';
import { bytesPerElement } from '../../tensor/dtype.js';
import { byteLengthOf, bytesOfTensor, type TensorSource } from '../tensor-source.js';
import { codeOfType } from './element-codes.js';

/**
 * Writes tensors as a safetensors file, in pieces: the header first, then one tensor after the other, those
 * with the largest elements first so that every one is aligned. Names and shapes are checked before it returns.
 *
 * @param tensors by name. A tensor that is fetched on demand is fetched when its turn comes.
 * @param metadata goes into the header.
 * @throws ArgumentError when two tensors have one name, one is called `__metadata__`, or a shape is impossible;
 * and from the iteration when a tensor delivers other bytes than it announced.
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: TensorSource]>,
  metadata: Readonly<Record<string, string>> = {},
): AsyncIterable<Uint8Array> {
  const ordered = [...tensors].sort(([, a], [, b]) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const header = encodeHeader(ordered, metadata);
  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    yield header;
    for (const [name, tensor] of ordered) yield* bytesOfTensor(name, tensor);
  }
  return chunks();
}

function encodeHeader(
  tensors: readonly (readonly [string, TensorSource])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) fields.set('__metadata__', metadata);
  let begin = 0;
  for (const [name, tensor] of tensors) {
    if (name === '__metadata__' || fields.has(name)) {
      throw new ArgumentError(
        `a safetensors file cannot hold a ${fields.has(name) ? 'second ' : ''}tensor called ${JSON.stringify(name)}`,
      );
    }
    const end = begin + byteLengthOf(name, tensor);
    fields.set(name, { dtype: codeOfType[tensor.dtype], shape: tensor.shape, data_offsets: [begin, end] });
    begin = end;
  }
  const entries = [...fields].map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`);
  const json = new TextEncoder().encode(`{${entries.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, 8);
  return header;
}
