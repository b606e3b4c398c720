import { ArgumentError, FileFormatError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import type { StoredTensor } from '../stored-tensor.js';
import type { TensorFile } from '../tensor-file.js';
import { byteLengthOf, type TensorSource } from '../tensor-source.js';
import { openZip } from '../zip-archive.js';
import { encodeZip } from '../zip-writer.js';
import { longestStart, parseNpyHeader } from './header.js';
import { encodeNpy, npyTensor } from './npy.js';

/**
 * Opens a .npz file, compressed or not: reads the header of every array, and the elements when asked for. Names
 * lose their `.npy`. See `openNpy` for the element types.
 *
 * @throws FileFormatError when the archive or one of its arrays is malformed.
 */
export async function openNpz(source: ByteSource): Promise<TensorFile> {
  const tensors = new Map<string, StoredTensor>();
  for (const member of (await openZip(source)).values()) {
    if (!member.name.endsWith('.npy')) {
      throw new FileFormatError(source.name, `member ${JSON.stringify(member.name)} is no .npy file`);
    }
    const start = member.range
      ? await member.read(0, Math.min(member.size, longestStart))
      : await member.readStart(longestStart);
    const header = parseNpyHeader(start, member.size, source.name, `member ${JSON.stringify(member.name)}`);
    tensors.set(member.name.slice(0, -'.npy'.length), npyTensor(header, member));
  }
  return { metadata: Object.create(null), tensors, close: async () => source.close?.() };
}

/**
 * Writes tensors as a .npz file, in pieces. The same tensors always give the same bytes when not compressed.
 *
 * @param tensors by name.
 * @param options.compress deflate the arrays, default false.
 * @throws ArgumentError when a shape is impossible or a name cannot be a member of an archive; and from the
 * iteration when a tensor delivers other bytes than it announced.
 */
export function encodeNpz(
  tensors: ReadonlyMap<string, TensorSource>,
  { compress = false }: { compress?: boolean } = {},
): AsyncIterable<Uint8Array> {
  const members = [...tensors].map(([name, tensor]) => {
    byteLengthOf(name, tensor);
    if (name === '' || /^[/\\]|^[a-zA-Z]:|(^|[/\\])\.\.([/\\]|$)/.test(name)) {
      throw new ArgumentError(`a .npz file cannot hold a tensor called ${JSON.stringify(name)}`);
    }
    return { name: `${name}.npy`, chunks: encodeNpy(tensor) };
  });
  return encodeZip(members, compress);
}
