import { fromHost, fromStored, type HostArray, mapTree, type Tensor } from '@softvq/core';
import { type ByteSource, openSafetensors } from '@softvq/core/io';

/** What a golden file of a generator holds. */
export async function readGolden(file: ByteSource) {
  const { tensors, metadata } = await openSafetensors(file);
  const named = [...tensors.keys()];
  const tensor = (key: string): Tensor => fromStored(tensors.get(key)!);
  return {
    /** What the file calls so. */
    tensor,
    /** Whole numbers, which the files keep in 64 bits, as the library takes them. Not every backend has int64. */
    integers: async (key: string): Promise<Tensor> => {
      const { data, shape } = await tensor(key).host();
      return fromHost({ dtype: 'int32', shape, data: Int32Array.from(data, Number) });
    },
    /** Whether the file has it. */
    has: (key: string): boolean => tensors.has(key),
    /** Everything whose name begins so, by the rest of its name. */
    group: (prefix: string): Map<string, Tensor> =>
      new Map(
        named
          .filter((key) => key.startsWith(prefix))
          .map((key) => [key.slice(prefix.length), tensor(key)] as const),
      ),
    /** The random numbers that were recorded under a prefix (`sample0.`), in the order in which they were drawn. */
    draws: async (prefix: string): Promise<readonly HostArray[]> =>
      Promise.all(
        named
          .filter((key) => key.startsWith(`${prefix}draw.`))
          .sort()
          .map(async (key) => (await tensor(key).host()).data),
      ),
    config: JSON.parse(metadata['config'] ?? '{}') as Readonly<Record<string, number>>,
    metadata,
  };
}

export type Golden = Awaited<ReturnType<typeof readGolden>>;

/** ‖a − b‖ / ‖b‖, the measure of all golden vectors. @throws Error for tensors of two shapes. */
export async function relativeError(actual: Tensor, expected: Tensor): Promise<number> {
  if (actual.shape.join() !== expected.shape.join()) {
    throw new Error(`a result has the shape (${actual.shape.join()}), not (${expected.shape.join()})`);
  }
  const [a, b] = (await Promise.all([actual.host(), expected.host()])).map(({ data }) => data);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b!.length; i++) {
    difference += (Number(a![i]) - Number(b![i])) ** 2;
    size += Number(b![i]) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}

/** Frees all tensors of a result. */
export function disposeAll(tensors: Parameters<typeof mapTree>[0]): void {
  mapTree(tensors, (tensor) => {
    tensor.dispose();
    return tensor;
  });
}
