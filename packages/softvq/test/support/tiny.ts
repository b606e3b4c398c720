import { fromHost, type Tensor } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import type { Picture } from '@softvq/data';
import { MAR, SiT } from '@softvq/generators';
import { SoftVQ } from '@softvq/tokenizer';

export const imageSize = 16;
export const latentShape = [4, 8] as const;
export const latentStatistics = { mean: 0.1, std: 0.7 };
export const classLabels = ['red cat', 'blue dog', 'green bird'];

/** Other values than the initial ones, some of which are 0 and make every image alike. */
function shaken<M extends { stateDict(): Record<string, Tensor>; with(tensors: Record<string, Tensor>): M }>(
  model: M,
  parameters: Readonly<Record<string, Tensor>>,
): M {
  const random = new RandomStream({ seed: 5, name: 'shaken' });
  const values = Object.entries(parameters).map(([name, tensor]) => {
    const shape = tensor.shape as readonly number[];
    const count = shape.reduce((product, size) => product * size, 1);
    const data = random.child(name).normal(count, { standardDeviation: 0.2 });
    return [name, fromHost({ dtype: 'float32', shape, data })] as const;
  });
  return model.with(Object.fromEntries(values));
}

/** @param statistics of its latents, or null for none. */
export function tinyTokenizer(
  statistics: { readonly mean: number; readonly std: number } | null = latentStatistics,
): SoftVQ {
  const tokenizer = new SoftVQ({
    imageSize,
    patchSize: 8,
    latentTokens: latentShape[0],
    latentWidth: latentShape[1],
    codebooks: 2,
    codebookSize: 8,
    encoder: { width: 16, depth: 1, heads: 2 },
    decoder: { width: 16, depth: 1, heads: 2 },
    latentStatistics: statistics ?? undefined,
  });
  return shaken(tokenizer, tokenizer.parameters());
}

export function tinySiT(): SiT {
  const sit = new SiT({ latentShape, width: 16, depth: 1, heads: 2, classes: classLabels.length });
  return shaken(sit, sit.parameters());
}

export function tinyMAR(): MAR {
  const size = { width: 16, depth: 1, heads: 2 };
  const mar = new MAR({
    latentShape,
    encoder: size,
    decoder: size,
    head: { width: 16, depth: 1 },
    buffer: 2,
    headSteps: 5,
    classes: classLabels.length,
  });
  return shaken(mar, mar.parameters());
}

/** A picture of its own for each index. */
export function tinyPicture(index: number, size: number = imageSize): Picture {
  const data = new RandomStream({ seed: 1, name: 'picture', index }).integers(size * size * 3, { high: 256 });
  return { width: size, height: size, data: Uint8Array.from(data) };
}
