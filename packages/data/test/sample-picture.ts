import type { Picture } from '../src/picture/picture.js';

/** A picture without any regularity, so that no two pixels could be mixed up unnoticed. */
export function samplePicture(width: number, height: number, seed = 1): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let index = 0; index < data.length; index++) data[index] = Math.imul(index + seed, 2654435761) >>> 13;
  return { width, height, data };
}
