import type { TrunkOptions } from './vision-transformer.js';

/** Trunks by the names that timm has for them (Oquab et al., "DINOv2", 2023, after Dosovitskiy et al., 2021). */
export const trunks = {
  'vit_small_patch14_dinov2.lvd142m': { width: 384, depth: 12, heads: 6 },
  'vit_base_patch14_dinov2.lvd142m': { width: 768, depth: 12, heads: 12 },
  'vit_large_patch14_dinov2.lvd142m': { width: 1024, depth: 24, heads: 16 },
} as const satisfies Record<string, TrunkOptions>;

export type TrunkName = keyof typeof trunks;

export function isTrunkName(name: string): name is TrunkName {
  return Object.hasOwn(trunks, name);
}

/** The name of a trunk of this shape, if it has one. */
export function trunkName({ width, depth, heads }: TrunkOptions): TrunkName | undefined {
  const names = Object.keys(trunks) as TrunkName[];
  return names.find(
    (name) => trunks[name].width === width && trunks[name].depth === depth && trunks[name].heads === heads,
  );
}
