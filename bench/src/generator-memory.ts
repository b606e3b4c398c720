import { inOwnProcess } from './own-process.js';
import { reportQuantity } from './report.js';

/** What the process that draws an image prints. */
export interface GeneratorMemoryFigures {
  /** From the folder to the first image. */
  readonly seconds: number;
  readonly weightBytes: number;
  readonly peakResidentBytes: number;
}

/** Loads a saved generator in a process of its own, draws an image in two guided steps, and reports what that took. */
export async function reportGeneratorMemory(name: string, folder: string, threads: number): Promise<void> {
  const figures = await inOwnProcess<GeneratorMemoryFigures>('run-generator.ts', folder, String(threads));
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  reportQuantity(`${name}: load and draw an image in 2 guided steps`, `${figures.seconds.toFixed(2)} s`, '');
  reportQuantity(
    `${name}: peak resident memory over its weights`,
    `${(figures.peakResidentBytes / figures.weightBytes).toFixed(2)} (${gigabytes(figures.peakResidentBytes)} of ${gigabytes(figures.weightBytes)} GB)`,
    '≤ 1.4',
  );
}
