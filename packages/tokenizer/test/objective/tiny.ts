import {
  fromHost,
  type HostArray,
  type HostTensor,
  mapTree,
  type Tensor,
  tensor,
  tensorsIn,
} from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { SoftVQ } from '../../src/index.js';
import { MaskBitDiscriminator, PatchDiscriminator } from '../../src/losses/index.js';
import type { TokenizerTrainingState } from '../../src/objective/index.js';

const trunk = { width: 16, depth: 1, heads: 2 };

/** What all tokenizers of these tests have in common. */
export const tinySizes = {
  imageSize: 16,
  patchSize: 4,
  latentTokens: 4,
  latentWidth: 4,
  encoder: trunk,
  decoder: trunk,
  initialization: { layerScale: 0.5, tokenDeviation: 0.3 },
};

export function tinyTokenizer(): SoftVQ {
  return new SoftVQ({ ...tinySizes, codebooks: 2, codebookSize: 8 });
}

/** A discriminator with running statistics. */
export function tinyDiscriminator(): PatchDiscriminator {
  return new PatchDiscriminator({ width: 4, layers: 1 });
}

/** A discriminator without buffers. */
export function bufferlessDiscriminator(): MaskBitDiscriminator {
  return new MaskBitDiscriminator({ width: 32, layers: 1 });
}

/** The same images for the same index: smooth ones, of a colour that changes from corner to corner. */
export function tinyImages(index = 0, batch = 4): Tensor {
  const random = new RandomStream({ seed: 1, name: 'images', index });
  const corners = random.uniform(batch * 3 * 3, { low: -0.5, high: 0.5 });
  const data = Float32Array.from({ length: batch * 3 * 256 }, (_, i) => {
    const plane = Math.floor(i / 256) * 3;
    const [row, column] = [Math.floor((i % 256) / 16) / 15, (i % 16) / 15];
    return corners[plane]! + corners[plane + 1]! * row + corners[plane + 2]! * column;
  });
  return tensor(data, { shape: [batch, 3, 16, 16] });
}

/** A tree with tensors of its own, as if it had been saved and loaded. */
export async function savedAndLoaded(state: TokenizerTrainingState): Promise<TokenizerTrainingState> {
  const hosts = new Map<Tensor, HostTensor>();
  for (const each of tensorsIn(state)) {
    const { dtype, shape, data } = await each.host();
    hosts.set(each, { dtype, shape, data: data.slice() as HostArray });
  }
  return mapTree(state, (each) => fromHost(hosts.get(each)!));
}

/** All elements of a tree, one array a tensor. */
export async function elementsOf(tree: unknown): Promise<HostArray[]> {
  const all: HostArray[] = [];
  for (const each of tensorsIn(tree)) all.push(await each.data());
  return all;
}

/** The numbers of a record of scalars. */
export async function numbersOf(scalars: Readonly<Record<string, Tensor>>): Promise<Record<string, number>> {
  const numbers: Record<string, number> = {};
  for (const [name, scalar] of Object.entries(scalars)) numbers[name] = await scalar.item();
  return numbers;
}
