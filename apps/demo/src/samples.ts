import { join } from 'node:path';
import { log } from '@clack/prompts';
import { withProgress } from '@softvq/console';
import { writeFileAtomic } from '@softvq/core/node';
import { type Picture, pictureGrid } from '@softvq/data';
import { writePng } from '@softvq/data/node';
import type { ImagePipeline } from 'softvq/node';
import type { DemoOptions } from './options.js';
import { textPictures } from './text-pictures.js';

/** Draws a row of pictures for each class. */
export async function drawSamples(
  pipeline: ImagePipeline,
  { classes, count, seed, folder }: DemoOptions,
  signal: AbortSignal,
): Promise<void> {
  const start = performance.now();
  const { pictures, labels, evaluations } = await withProgress('Drawing', (update) =>
    pipeline.generate({
      classes,
      count,
      seed,
      signal,
      onProgress: (event) => {
        if (event.type === 'step') {
          const of = event.steps === undefined ? '' : ` of ${event.steps}`;
          update(event.progress ?? 0, `Drawing: step ${event.step}${of}`);
        } else if (event.type === 'decode') {
          update(event.progress, `Decoding: ${event.done} of ${event.total}`);
        }
      },
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const rows = classes.map((_, row) => {
    const label = labels[row * count]!;
    return {
      label,
      name: pipeline.classLabels.nameOf(label),
      pictures: pictures.slice(row * count, (row + 1) * count),
    };
  });
  log.success(
    `${pictures.length} pictures in ${seconds.toFixed(1)} s, ${(pictures.length / seconds).toFixed(1)} images/s; ${evaluations} evaluations of the network for all of them at once`,
  );

  const [image, legend] = [join(folder, 'samples.png'), join(folder, 'samples.json')];
  const names = await textPictures(
    rows.map(({ name }) => name),
    pipeline.imageSize,
  );
  signal.throwIfAborted();
  await writePng(image, gridOf(rows, names));
  const told = {
    generator: pipeline.generator.name,
    seed,
    seconds,
    evaluations,
    rows: rows.map(({ label, name }) => ({ class: label, name, pictures: count })),
  };
  await writeFileAtomic(legend, new TextEncoder().encode(`${JSON.stringify(told, undefined, 2)}\n`));
  log.message([`${image}, from the top:`, ...rows.map(({ name }) => `  ${name}`)]);
}

function gridOf(
  rows: readonly { readonly pictures: readonly Picture[] }[],
  names: readonly Picture[],
): Picture {
  return pictureGrid(
    rows.map(({ pictures }, row) => [names[row]!, ...pictures]),
    { gap: 4 },
  );
}
