export { type BuildLatentCacheOptions, buildLatentCache } from './build-latent-cache.js';
export type { EncodeLatents } from './encode-latents.js';
export type { BrokenEntry, LatentCacheDescription, LatentCacheIdentity } from './latent-cache-format.js';
export { createLatentLoader, type LatentLoaderOptions } from './latent-loader.js';
export type { LatentStatistics } from './latent-statistics.js';
export { type LatentCache, openLatentCache } from './open-latent-cache.js';
