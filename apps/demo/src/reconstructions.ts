import { join } from 'node:path';
import { log } from '@clack/prompts';
import { withProgress } from '@softvq/console';
import { RandomStream } from '@softvq/core/random';
import { pictureGrid } from '@softvq/data';
import {
  type EmojiPicture,
  listEmoji,
  planEmojiDataset,
  rasteriseEmoji,
  usualEmojiSplit,
} from '@softvq/data/emoji';
import { writePng } from '@softvq/data/node';
import { type ImageBatch, psnr } from '@softvq/evaluation';
import type { ImagePipeline } from 'softvq/node';
import type { DemoOptions } from './options.js';

const columns = 12;
const shown = 3 * columns;

/** Takes some emoji through the latents and back. */
export async function reconstructEmoji(
  pipeline: ImagePipeline,
  { seed, folder }: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  const emoji = await withProgress('Drawing emoji that were held out', () =>
    heldOutEmoji(pipeline.imageSize, seed, signal),
  );
  const start = performance.now();
  const { pictures, images, originals } = await withProgress('Reconstructing', (update) =>
    pipeline.reconstruct(
      emoji.map(({ picture }) => picture),
      { signal, onProgress: ({ done, total }) => update(done / total, 'Reconstructing') },
    ),
  );
  const seconds = (performance.now() - start) / 1000;
  const [made, wanted] = await Promise.all([images, originals.images].map((each) => each.host()));
  const figures = psnr(made as ImageBatch, wanted as ImageBatch);
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;

  const rows = Array.from({ length: Math.ceil(pictures.length / columns) }, (_, row) => {
    const cells = [row * columns, (row + 1) * columns] as const;
    return [originals.pictures.slice(...cells), pictures.slice(...cells)];
  }).flat();
  const path = join(folder, 'reconstructions.png');
  signal.throwIfAborted();
  await writePng(path, pictureGrid(rows, { gap: 4 }));
  const values = pipeline.tokenizer.latentShape.join(' × ');
  log.success(
    `${pictures.length} held-out emoji to ${values} numbers and back in ${seconds.toFixed(1)} s: PSNR ${mean.toFixed(2)} dB`,
  );
  log.message(`${path}: originals above reconstructions`);
}

/** Some of those that are held out of the data set that the models were trained on: they never saw them. */
async function heldOutEmoji(size: number, seed: number, signal: AbortSignal): Promise<EmojiPicture[]> {
  const heldOut = planEmojiDataset(await listEmoji(), usualEmojiSplit).filter(
    (each) => each.split === 'held-out',
  );
  const order = new RandomStream({ seed, name: 'shown' }).permutation(heldOut.length);
  const chosen = Array.from(order.subarray(0, shown), (at) => heldOut[at]!.entry);
  return rasteriseEmoji(chosen, { size, signal });
}
