import { cpu } from '@softvq/backends/cpu';
import { reference } from '@softvq/backends/reference';
import { cast, fromStored, type HostArray, mapTree, type Tensor } from '@softvq/core';
import { openSafetensors } from '@softvq/core/io';
import { openFile } from '@softvq/core/node';
import { expect } from 'vitest';

const fixtures = new URL('../../../fixtures/golden/', import.meta.url);

/** The backends that golden figures are proved on, for `describe.each`. */
export const backends = [
  ['cpu', cpu],
  ['reference', reference],
] as const;

/** Largest relative errors of golden vectors: of one network or function, of gradients, of whole sampling loops. */
export const tolerance = { output: 1e-4, gradient: 1e-3, loop: 1e-3 } as const;

/** The path of a fixture: `state-dicts/sit-xl-1.json`. */
export function goldenPath(name: string): string {
  return new URL(name, fixtures).pathname;
}

/** What a golden file of a generator holds. */
export async function openGolden(name: string) {
  const { tensors, metadata } = await openSafetensors(
    await openFile(goldenPath(`generators/${name}.safetensors`)),
  );
  const named = [...tensors.keys()];
  const tensor = (key: string): Tensor => fromStored(tensors.get(key)!);
  return {
    /** What the file calls so. */
    tensor,
    /** Whole numbers, which the files keep in 64 bits, as the library takes them. */
    integers: (key: string): Tensor => cast(tensor(key), 'int32'),
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

export type Golden = Awaited<ReturnType<typeof openGolden>>;

/** ‖a − b‖ / ‖b‖, the measure of all golden vectors. */
export async function relativeError(actual: Tensor, expected: Tensor): Promise<number> {
  expect(actual.shape).toEqual(expected.shape);
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
