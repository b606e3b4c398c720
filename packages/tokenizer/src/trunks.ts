import type { DecoderTrunkOptions } from './patch-decoder.js';
import type { TrunkOptions } from './vision-transformer.js';

/** Trunks of DINOv2's sizes (Oquab et al., 2023), and the smallest one, of MAETok's auxiliary decoders. */
export const trunks = {
  tinytiny: { width: 192, depth: 3, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  base: { width: 768, depth: 12, heads: 12 },
  large: { width: 1024, depth: 24, heads: 16 },
} as const satisfies Record<string, TrunkOptions>;

type TrunkSize = keyof typeof trunks;

/** How names look, for messages. */
export const trunkNames = 'vit_{small|base|large}_patch14_dinov2.lvd142m';
export const decoderTrunkNames = `${trunkNames}, vit_{tinytiny|small|base|large}_patch14_dinov2_movqv2`;

const pattern = /^vit_(tinytiny|small|base|large)_patch14_dinov2(_movq(?:v?2)?)?(?:\.lvd142m)?$/;

/** The trunk of a name in timm or the official code, which has several for one, or of its shape; else undefined. */
export function trunkOf(model: string | object): DecoderTrunkOptions | undefined {
  if (typeof model !== 'string') return isTrunk(model) ? model : undefined;
  const [, size, modulated] = pattern.exec(model) ?? [];
  if (size === undefined) return undefined;
  const trunk = trunks[size as TrunkSize];
  return modulated === undefined ? trunk : { ...trunk, modulated: true };
}

function isTrunk(model: object): model is DecoderTrunkOptions {
  return 'width' in model && 'depth' in model && 'heads' in model;
}

/** The name of a trunk of this shape, if it has one. */
export function trunkName({ width, depth, heads, modulated }: DecoderTrunkOptions): string | undefined {
  const size = (Object.keys(trunks) as TrunkSize[]).find(
    (each) => trunks[each].width === width && trunks[each].depth === depth && trunks[each].heads === heads,
  );
  if (size === undefined) return undefined;
  return `vit_${size}_patch14_dinov2${modulated ? '_movqv2' : '.lvd142m'}`;
}
