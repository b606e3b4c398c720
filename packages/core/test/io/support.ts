import { readFile } from 'node:fs/promises';
import { type ByteSource, memorySource, type StoredTensor } from '../../src/io/index.js';
import { encodeZip } from '../../src/io/zip-writer.js';
import type { HostTensor } from '../../src/tensor/dtype.js';

const golden = new URL('../../../../fixtures/golden/checkpoints/', import.meta.url);

export async function goldenSource(name: string): Promise<ByteSource> {
  return memorySource(await readFile(new URL(name, golden)), name);
}

/** A file of base64 texts beside the tests. */
export async function readData<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(`data/${name}`, import.meta.url), 'utf8'));
}

export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return new Uint8Array(Buffer.concat(parts));
}

/** A zip archive of these members. */
export function zip(
  members: Readonly<Record<string, Uint8Array | string>>,
  { compress = false }: { compress?: boolean } = {},
): Promise<Uint8Array> {
  const inputs = Object.entries(members).map(([name, content]) => ({
    name,
    chunks: one(typeof content === 'string' ? Buffer.from(content, 'latin1') : content),
  }));
  return collect(encodeZip(inputs, compress));
}

/** A zip archive as `torch.save` lays it out. */
export function torchArchive(
  members: Readonly<Record<string, Uint8Array | string>>,
  options?: { compress?: boolean },
): Promise<Uint8Array> {
  const inFolder = Object.entries(members).map(([name, content]) => [`archive/${name}`, content]);
  return zip(Object.fromEntries(inFolder), options);
}

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield chunk;
}

/** Joins numbers (bytes), texts (latin-1) and bytes. */
export function bytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => {
        if (typeof part === 'number') return Buffer.from([part]);
        return typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part);
      }),
    ),
  );
}

/** The bytes of a typed array. */
export function raw(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** A source that records which ranges are read. */
export function recording(
  source: ByteSource,
): ByteSource & { readonly reads: [offset: number, length: number][] } {
  const reads: [number, number][] = [];
  return {
    ...source,
    reads,
    read: (offset, length) => {
      reads.push([offset, length]);
      return source.read(offset, length);
    },
  };
}

/** What the range of a tensor holds, as its bytes. */
export async function readRange(tensor: StoredTensor): Promise<Uint8Array | undefined> {
  const { range } = tensor;
  return range && new Uint8Array(await range.source.read(range.offset, range.length));
}

export function host(tensor: HostTensor): { dtype: string; shape: number[]; data: HostTensor['data'] } {
  return { dtype: tensor.dtype, shape: [...tensor.shape], data: tensor.data };
}

export const zeros = (length: number): Uint8Array => new Uint8Array(length);

export function scalar(): HostTensor {
  return { dtype: 'float32', shape: [], data: Float32Array.of(1) };
}
