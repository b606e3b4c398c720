import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors, type LazyTensor } from '@softvq/core/io';
import { writeFileAtomic } from '@softvq/core/node';
import { inOwnProcess } from '../own-process.js';
import { reportQuantity } from '../report.js';
import { trainingStep } from '../training-step.js';
import { activations, Transformer, wide } from '../transformer.js';

const xl = { ...wide, layers: 28 };

/** What the process that loads the network prints. */
export interface LoadingFigures {
  readonly seconds: number;
  readonly weightBytes: number;
  readonly peakResidentBytes: number;
  readonly residentBeforeBytes: number;
}

/** A 28-layer network of width 1,152: from a file to its first result, and from its code to its training graph. */
export async function benchLoading(threads: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
  try {
    const path = join(folder, 'model.safetensors');
    await writeNetwork(path);
    const figures = await inOwnProcess<LoadingFigures>('load-network.ts', path, String(threads));
    reportQuantity(
      '28 layers of 1,152: trace, load and first result',
      `${figures.seconds.toFixed(2)} s`,
      '< 8 s',
    );
    const ratio = (figures.peakResidentBytes / figures.weightBytes).toFixed(2);
    const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
    reportQuantity(
      'its peak resident memory over its weights',
      `${ratio} (${gigabytes(figures.peakResidentBytes)} of ${gigabytes(figures.weightBytes)} GB)`,
      '≤ 1.3',
    );
  } finally {
    await rm(folder, { recursive: true });
  }

  const { step, initial } = trainingStep(new Transformer(xl));
  const start = performance.now();
  const graph = await step.graph({ ...initial(), x: activations(xl) });
  const seconds = (performance.now() - start) / 1000;
  reportQuantity(
    '28 layers of 1,152: trace and differentiate the training step',
    `${seconds.toFixed(2)} s (${graph.nodes.length} nodes)`,
    '< 10 s',
  );
}

async function writeNetwork(path: string): Promise<void> {
  const parameters = Object.entries(new Transformer(xl).parameters());
  const tensors = parameters.map(([name, tensor]): [string, LazyTensor] => [
    name,
    { dtype: tensor.dtype, shape: tensor.shape as readonly number[], read: () => tensor.host() },
  ]);
  await writeFileAtomic(path, encodeSafetensors(tensors));
}
