import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '@softvq/core/random';
import type { Picture } from '@softvq/data';
import { writePng } from '@softvq/data/node';
import { afterAll } from 'vitest';

/** A folder that is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-training-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Smooth pictures of 16×16 in two classes of different colours, as a data set with `train` and `held-out`. */
export async function writePictures(folder: string, { training = 24, heldOut = 4 } = {}): Promise<void> {
  const counts = { train: training, 'held-out': heldOut };
  for (const [split, count] of Object.entries(counts)) {
    for (const [label, name] of ['blue', 'red'].entries()) {
      await mkdir(join(folder, split, name), { recursive: true });
      for (let i = label; i < count; i += 2) {
        const picture = smoothPicture(label, i + (split === 'train' ? 0 : 1000));
        await writePng(join(folder, split, name, `${String(i).padStart(3, '0')}.png`), picture);
      }
    }
  }
}

function smoothPicture(label: number, index: number): Picture {
  const size = 16;
  const [angle, base, slope] = new RandomStream({ seed: 3, name: 'picture', index }).uniform(
    3,
  ) as unknown as [number, number, number];
  const data = Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const channel = at % 3;
    const pixel = Math.floor(at / 3);
    const [row, column] = [Math.floor(pixel / size) / size, (pixel % size) / size];
    const wave = Math.sin(4 * (row * Math.cos(angle * 6) + column * Math.sin(angle * 6)) * (1 + slope));
    const strong = (channel === 0) === (label === 1);
    return Math.max(0, Math.min(255, 128 + (strong ? 90 : 20) * wave + 40 * (base - 0.5)));
  });
  return { width: size, height: size, data };
}
