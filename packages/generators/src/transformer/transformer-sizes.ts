/** The shape of a transformer. */
export interface TransformerSize {
  /** Of a token: a multiple of 2, and of 4 for grids. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Must divide the width. */
  readonly heads: number;
}

/** The sizes of DiT and SiT; `sl` is the SoftVQ paper's own. */
export const transformerSizes = {
  s: { width: 384, depth: 12, heads: 6 },
  b: { width: 768, depth: 12, heads: 12 },
  sl: { width: 1024, depth: 16, heads: 16 },
  l: { width: 1024, depth: 24, heads: 16 },
  xl: { width: 1152, depth: 28, heads: 16 },
} as const satisfies Readonly<Record<string, TransformerSize>>;
