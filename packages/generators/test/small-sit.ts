import type { SampleOptions } from '@softvq/core';
import { SiT, type SiTOptions } from '../src/sit.js';
import { collect } from './collect.js';
import { withOtherValues } from './other-values.js';

/** Small, so that tests are fast. */
export const size = { latentShape: [4, 6], width: 16, depth: 1, heads: 2, classes: 5 } as const;

/** New models start as zero; these do not. */
export function smallSiT(options: Partial<SiTOptions> = {}): SiT {
  return withOtherValues(new SiT({ ...size, ...options }), 1);
}

/** The numbers of each image. */
export async function latentsOf(sit: SiT, options: SampleOptions<'interpolant'>): Promise<Float32Array[]> {
  const { latents } = await collect(sit.sample({ sampler: 'euler-maruyama', steps: 5, ...options }));
  const data = (await latents.data()) as Float32Array;
  const images = latents.shape[0] as number;
  latents.dispose();
  return Array.from({ length: images }, (_, i) =>
    data.slice((i * data.length) / images, ((i + 1) * data.length) / images),
  );
}

/** Relative distance, ‖a - b‖ / ‖b‖. */
export function difference(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(
    a.reduce((sum, each, i) => sum + (each - b[i]!) ** 2, 0) / b.reduce((sum, each) => sum + each ** 2, 0),
  );
}
