import type { TransformerSize } from '../transformer.js';

/** What WebAssembly computes in tenths of a second. */
export const ofWebAssembly: TransformerSize = { layers: 2, width: 256, heads: 4, tokens: 64, batch: 4 };

/** What software rendering computes in seconds. */
export const ofGpus: TransformerSize = { layers: 2, width: 128, heads: 4, tokens: 32, batch: 1 };

export const rounds = { webAssembly: 15, gpu: 15 } as const;
