import { FileFormatError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import { describeJson, isJsonObject, parseJsonObject } from '../json.js';
import type { StoredTensor } from '../stored-tensor.js';
import type { TensorFile } from '../tensor-file.js';
import { openSafetensors } from './read.js';

const longestIndex = 100_000_000;

/**
 * Opens a checkpoint that is split over several safetensors files, by its `model.safetensors.index.json`. Every
 * shard is opened once, and of each only the header is read.
 *
 * @param index the index file.
 * @param resolve opens a shard, given a bare file name: never a path, whatever the index says.
 * @returns the tensors that the index names. A metadata entry that several shards have comes from the first.
 * @throws FileFormatError when the index is malformed, names a file outside its folder, or a tensor that its
 * shard does not have. Every shard opened until then is closed.
 */
export async function openShardedSafetensors(
  index: ByteSource,
  resolve: (fileName: string) => Promise<ByteSource>,
): Promise<TensorFile> {
  const weightMap = await readWeightMap(index);
  const shards = new Map<string, TensorFile>();
  const closeShards = async () => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
  };
  try {
    for (const fileName of [...new Set(weightMap.values())].sort()) {
      const source = await resolve(fileName);
      try {
        shards.set(fileName, await openSafetensors(source));
      } catch (error) {
        await source.close?.();
        throw error;
      }
    }
    const tensors = new Map<string, StoredTensor>();
    for (const [name, fileName] of weightMap) {
      const tensor = shards.get(fileName)?.tensors.get(name);
      if (tensor === undefined) {
        throw new FileFormatError(
          index.name,
          `tensor ${JSON.stringify(name)} should be in ${fileName}, which does not have it`,
        );
      }
      tensors.set(name, tensor);
    }
    const metadata: Record<string, string> = Object.create(null);
    for (const shard of shards.values()) {
      for (const [key, text] of Object.entries(shard.metadata)) metadata[key] ??= text;
    }
    return {
      metadata,
      tensors,
      close: async () => {
        await Promise.all([index.close?.(), closeShards()]);
      },
    };
  } catch (error) {
    await closeShards();
    throw error;
  }
}

/** Which shard holds each tensor. */
async function readWeightMap(index: ByteSource): Promise<Map<string, string>> {
  if (index.size > longestIndex) {
    throw new FileFormatError(
      index.name,
      `an index of ${index.size} bytes is beyond the limit of ${longestIndex}`,
    );
  }
  const { weight_map: weightMap } = parseJsonObject(await index.read(0, index.size), index.name, 'the index');
  if (!isJsonObject(weightMap)) {
    throw new FileFormatError(index.name, 'weight_map must be an object from tensor names to file names');
  }
  const map = new Map<string, string>();
  for (const [name, fileName] of Object.entries(weightMap)) {
    if (typeof fileName !== 'string' || !isBareFileName(fileName)) {
      throw new FileFormatError(
        index.name,
        `tensor ${JSON.stringify(name)}: ${describeJson(fileName)} is not the name of a .safetensors file in the same folder`,
      );
    }
    map.set(name, fileName);
  }
  return map;
}

function isBareFileName(name: string): boolean {
  // A leading dot, separators of every platform, Windows drives and control characters have no place in it.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  return /^[^./\\:\u0000-\u001f][^/\\:\u0000-\u001f]*\.safetensors$/u.test(name);
}
