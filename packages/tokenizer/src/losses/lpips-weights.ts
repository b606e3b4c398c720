import { StateDictError, type Tensor } from '@softvq/core';
import type { StoredTensor } from '@softvq/core/io';
import { Lpips } from './lpips.js';
import { vggPlaces } from './vgg16.js';

const vggAddress = 'https://download.pytorch.org/models/vgg16-397923af.pth';
const headAddress = 'https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/vgg.pth';

/**
 * The distance with trained weights: those of torchvision's VGG-16 and the five heads of LPIPS v0.1, which are two
 * files. The caller opens both (with `openCheckpoint` of `@softvq/core/node`, say) and passes the tensors in one map:
 *
 *     const vgg = await openCheckpoint('vgg16-397923af.pth');
 *     const heads = await openCheckpoint('vgg.pth');
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
  const ignore = ['classifier', 'lins', 'scaling_layer'];
  const report = lpips.loadStateDict(named, { strict: false, ignore });
  const { missing, unexpected } = report;
  const misshapen = report.misshapen.map(({ name }) => name);
  if (missing.length + unexpected.length + misshapen.length > 0) {
    const problems = [
      list('missing', missing),
      list('unknown', unexpected),
      list('of another shape', misshapen),
    ];
    throw new StateDictError(
      `LPIPS needs the weights of VGG-16 (${vggAddress}) and of its heads (${headAddress}), both in one map${problems.join('')}`,
      { cause: report },
    );
  }
  return lpips;
}

const shown = 3;

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `; ${what}: ${names.slice(0, shown).join(', ')}${rest}`;
}

/** From any of the names in use to that of this module. */
function nameInLpips(name: string): string {
  if (name.startsWith('slice')) return `net.${name}`;
  const [, place, parameter] = /^features\.(\d+)\.(weight|bias)$/.exec(name) ?? [];
  const index = vggPlaces.findIndex((places) => places.some((each) => String(each) === place));
  return index < 0 ? name : `net.slice${index + 1}.${place}.${parameter}`;
}
