import type { MAROptions } from './mar/mar-options.js';
import { type TransformerSize, transformerSizes } from './transformer/transformer-sizes.js';

const { s, b, sl, l, xl } = transformerSizes;

/**
 * The published models without the shape of their latents. Names end in the side of a patch, as the official ones
 * (`SiT-XL/2`), for grids of latents; those without are for one-dimensional tokens.
 *
 *     new SiT({ ...presets['sit-xl'], latentShape: [64, 32] });
 *     new DiT({ ...presets['dit-xl/2'], latentShape: [4, 32, 32] });
 *     new MAR({ ...presets['mar-b'], latentShape: [64, 32] });
 */
export const presets = {
  'dit-s': s,
  'dit-b': b,
  'dit-sl': sl,
  'dit-l': l,
  'dit-xl': xl,
  'dit-s/2': patches(s, 2),
  'dit-s/4': patches(s, 4),
  'dit-s/8': patches(s, 8),
  'dit-b/2': patches(b, 2),
  'dit-b/4': patches(b, 4),
  'dit-b/8': patches(b, 8),
  'dit-l/2': patches(l, 2),
  'dit-l/4': patches(l, 4),
  'dit-l/8': patches(l, 8),
  'dit-xl/2': patches(xl, 2),
  'dit-xl/4': patches(xl, 4),
  'dit-xl/8': patches(xl, 8),
  'sit-s': s,
  'sit-b': b,
  'sit-l': l,
  'sit-xl': xl,
  'sit-s/2': patches(s, 2),
  'sit-s/4': patches(s, 4),
  'sit-s/8': patches(s, 8),
  'sit-b/2': patches(b, 2),
  'sit-b/4': patches(b, 4),
  'sit-b/8': patches(b, 8),
  'sit-l/2': patches(l, 2),
  'sit-l/4': patches(l, 4),
  'sit-l/8': patches(l, 8),
  'sit-xl/2': patches(xl, 2),
  'sit-xl/4': patches(xl, 4),
  'sit-xl/8': patches(xl, 8),
  'mar-b': masked({ width: 768, depth: 12, heads: 12 }, { width: 1024, depth: 6 }),
  'mar-l': masked({ width: 1024, depth: 16, heads: 16 }, { width: 1280, depth: 8 }),
  'mar-h': masked({ width: 1280, depth: 20, heads: 16 }, { width: 1536, depth: 12 }),
} as const;

export type PresetName = keyof typeof presets;

function patches(size: TransformerSize, patchSize: number): TransformerSize & { readonly patchSize: number } {
  return { ...size, patchSize };
}

/** Encoder and decoder are alike. */
function masked(
  transformer: TransformerSize,
  head: MAROptions['head'],
): Pick<MAROptions, 'encoder' | 'decoder' | 'head'> {
  return { encoder: transformer, decoder: transformer, head };
}
