import type { Tensor } from '@softvq/core';
import type { TracedRandom } from '@softvq/core/nn';
import type { AuxiliaryName } from '../maetok/auxiliary-decoders.js';
import type { MAETok, MaskedEncoding } from '../maetok/maetok.js';
import type { TokenizerPass } from './loss-term.js';

/** A pass of MAETok in training. */
export interface MAETokPass extends MaskedEncoding, TokenizerPass {
  readonly latents: Tensor;
  /** What the auxiliary decoders predict of each patch: (batch, patches, width of the features). */
  readonly auxiliary: Partial<Record<AuxiliaryName, Tensor>>;
}

/** Through masked patches to the latents, and back to the image and to the features of the auxiliary decoders. */
export function maetokForward(tokenizer: MAETok, images: Tensor, random: TracedRandom): MAETokPass {
  const encoding = tokenizer.quantized(images, random.child('quantized'));
  return {
    ...encoding,
    reconstruction: tokenizer.decode(encoding.latents, random.child('decode')),
    auxiliary: tokenizer.auxiliaryFeatures(encoding.latents),
  };
}
