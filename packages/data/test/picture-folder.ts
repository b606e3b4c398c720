import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Picture } from '../src/index.js';
import { writePng } from '../src/node/index.js';
import { samplePicture } from './sample-picture.js';
import { temporaryFolder } from './temporary-folder.js';

/** Pictures in a folder of their own, each different, by their paths in it. */
export async function pictureFolder(
  names: readonly string[],
  size: (index: number) => readonly [width: number, height: number] = () => [8, 8],
): Promise<{ folder: string; pictures: Picture[] }> {
  const folder = await temporaryFolder();
  const pictures = names.map((_, index) => samplePicture(...size(index), index * 977 + 1));
  for (const [index, name] of names.entries()) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writePng(join(folder, name), pictures[index]!);
  }
  return { folder, pictures };
}

/** `a-00.png`, `a-01.png` and so on. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, '0')}.png`);
}
