import type { Tensor } from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { loadFrozenWeights } from './frozen-weights.js';
import { Lpips } from './lpips.js';
import { vggPlaces } from './vgg16.js';

/** Where the two files of LPIPS are: torchvision's VGG-16 and the five heads. */
export const lpipsAddresses = {
  vgg: 'https://download.pytorch.org/models/vgg16-397923af.pth',
  heads: 'https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/vgg.pth',
} as const;

/**
 * The distance with trained weights: those of torchvision's VGG-16 and the five heads of LPIPS v0.1, which are two
 * files. `loadLpips` of `@softvq/tokenizer/node` opens both; elsewhere the caller does and passes the tensors in one map:
 *
 *     const lpips = lpipsFromWeights(new Map([...vgg.tensors, ...heads.tensors]));
 *
 * @param weights by PyTorch's names. The convolutions are `features.0.weight` as in torchvision, or
 * `slice1.0.weight`, or `net.slice1.0.weight` as in a saved LPIPS; the heads are `lin0.model.1.weight`.
 * torchvision's classifier and what else a saved LPIPS holds are ignored.
 * @throws StateDictError, saying where to get the files and with the report as its cause, when weights are missing, of
 * another shape, or unknown.
 */
export function lpipsFromWeights(weights: ReadonlyMap<string, Tensor | StoredTensor>): Lpips {
  const lpips = new Lpips();
  const named = new Map([...weights].map(([name, each]) => [nameInLpips(name), each]));
  const need = `LPIPS needs the weights of VGG-16 (${lpipsAddresses.vgg}) and of its heads (${lpipsAddresses.heads}), both in one map`;
  loadFrozenWeights(lpips, named, need, { ignore: ['classifier', 'lins', 'scaling_layer'] });
  return lpips;
}

/** From any of the names in use to that of this module. */
function nameInLpips(name: string): string {
  if (name.startsWith('slice')) return `net.${name}`;
  const [, place, parameter] = /^features\.(\d+)\.(weight|bias)$/.exec(name) ?? [];
  const index = vggPlaces.findIndex((places) => places.some((each) => String(each) === place));
  return index < 0 ? name : `net.slice${index + 1}.${place}.${parameter}`;
}
