import type { PictureSetFigures } from './picture-sets.js';
import type { PrecisionFigures } from './precisions.js';
import { bestOf, type SweepFigures } from './sweep.js';
import type { TokenizerFigures } from './tokenizer-figures.js';

/** How many of the pictures are of their class by the classifier, and how far the sets are from the held-out one. */
export function pictureSetsTable(sets: readonly PictureSetFigures[]): string {
  return table(
    ['pictures', 'count', 'Fréchet distance', 'recognised', 'in top 5'],
    sets.map(({ name, pictures, frechetDistance, recognised }) => [
      name,
      String(pictures),
      distance(frechetDistance),
      percent(recognised.top1),
      percent(recognised.top5),
    ]),
  );
}

/** The best by Fréchet distance has a star. */
export function sweepTable(figures: readonly SweepFigures[]): string {
  const best = bestOf(figures);
  return table(
    ['guidance', 'steps', 'Fréchet distance', 'recognised', 'images/s', ''],
    figures.map((each) => [
      String(each.guidance),
      String(each.steps),
      distance(each.frechetDistance),
      percent(each.recognised.top1),
      each.imagesPerSecond.toFixed(1),
      each === best ? '*' : '',
    ]),
  );
}

/** Against the samples in float32: first the share of the rate, then what is lost. */
export function precisionTable(figures: readonly PrecisionFigures[], float32ImagesPerSecond: number): string {
  return table(
    ['in int8', 'PSNR against float32', 'Fréchet distance', 'recognised', 'speed'],
    figures.map(({ name, psnr, frechetDistance, recognised, imagesPerSecond }) => [
      name,
      `${psnr.toFixed(1)} dB`,
      distance(frechetDistance),
      percent(recognised.top1),
      `${(imagesPerSecond / float32ImagesPerSecond).toFixed(2)} ×`,
    ]),
  );
}

export function tokenizerTable({ meanPsnr, psnrOfMeanError, codebooks = [] }: TokenizerFigures): string {
  return table(
    ['tokenizer, on held-out pictures', ''],
    [
      ['mean PSNR', `${meanPsnr.toFixed(2)} dB`],
      ['PSNR of the mean squared error', `${psnrOfMeanError.toFixed(2)} dB`],
      ...codebooks.map(({ usage, perplexity }, i) => [
        `codebook ${i + 1}: codewords used (perplexity)`,
        `${percent(usage)} (${perplexity.toFixed(1)})`,
      ]),
    ],
  );
}

/** Texts in columns under their heads: the first to the left, the others to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((text, column) => Math.max(text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('──'), ...rows.map(line)].join('\n');
}

function distance(value: number | undefined): string {
  return value === undefined ? '–' : value.toPrecision(4);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
