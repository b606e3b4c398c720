import { type Picture, pictureGrid } from '@softvq/data';
import type { LabelledPictures } from './emoji-pictures.js';

const columns = 12;
const reconstructionRows = 4;
const samplesOfClass = 12;

/** Classes of the emoji data set that look different from each other. */
const variedClasses = [
  'smiling-face',
  'mammal',
  'bird',
  'flower',
  'vegetable',
  'sweet',
  'road-vehicle',
  'building',
  'flag',
  'heart',
  'clock',
  'letter-or-digit',
];

/** Originals above their reconstructions, in several rows, spread evenly over the pictures. */
export function reconstructionGrid(
  originals: readonly Picture[],
  reconstructions: readonly Picture[],
): Picture {
  const count = Math.min(originals.length, columns * reconstructionRows);
  const shown = Array.from({ length: count }, (_, i) => Math.floor((i * originals.length) / count));
  const rows = Array.from({ length: Math.ceil(count / columns) }, (_, row) =>
    shown.slice(row * columns, (row + 1) * columns),
  ).flatMap((row) => [row.map((at) => originals[at]!), row.map((at) => reconstructions[at]!)]);
  return pictureGrid(rows, { gap: 4 });
}

/** A row of samples for each of twelve varied classes, or of fewer where there are fewer. */
export function sampleGrid({ pictures, labels }: LabelledPictures, classes: readonly string[]): Picture {
  const known = variedClasses.filter((name) => classes.includes(name));
  const others = classes.filter((name) => !known.includes(name));
  const rows = [...known, ...others].slice(0, variedClasses.length).map((name) => {
    const label = classes.indexOf(name);
    return pictures.filter((_, at) => labels[at] === label).slice(0, samplesOfClass);
  });
  return pictureGrid(rows, { gap: 4 });
}
