import { cpu } from '@softvq/backends/cpu';
import { compile, setDefaultBackend, type Tensor } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
import { peakResidentBytes } from './peak-memory.js';
import type { LoadingFigures } from './sections/loading.js';
import { activations, Transformer, wide } from './transformer.js';

/** A process that loads the network of `benchLoading` and prints what that took. */
const [path, threads] = process.argv.slice(2);
setDefaultBackend(await cpu({ threads: Number(threads) }));
const residentBeforeBytes = process.memoryUsage().rss;
const start = performance.now();
const network = new Transformer({ ...wide, layers: 28 });
const file = await openCheckpoint(path!);
network.loadStateDict(file.tensors);
const run = compile((input: { x: Tensor }) => ({ y: network.forward(input.x) }));
await (await run({ x: activations({ ...wide, batch: 1 }) })).y.data();
const figures: LoadingFigures = {
  seconds: (performance.now() - start) / 1000,
  weightBytes: network.parameterCount * 4,
  peakResidentBytes: peakResidentBytes(),
  residentBeforeBytes,
};
console.log(JSON.stringify(figures));
