import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { fromStored, type Tensor } from '@softvq/core';
import { memorySource, openSafetensors } from '@softvq/core/io';

const folder = new URL('../../../../fixtures/golden/', import.meta.url);

/** The tensors of a file of golden vectors. */
export async function readGolden(path: string): Promise<(name: string) => Tensor> {
  const bytes = await readFile(fileURLToPath(new URL(path, folder)));
  const { tensors } = await openSafetensors(memorySource(new Uint8Array(bytes), path));
  return (name) => {
    const stored = tensors.get(name);
    if (stored === undefined) throw new Error(`${path} has no ${name}`);
    return fromStored(stored);
  };
}
