import { existsSync, readFileSync } from 'node:fs';
import { cpu } from '@softvq/backends/cpu';
import { compile, setDefaultBackend, type Tensor } from '@softvq/core';
import { openCheckpoint } from '@softvq/core/node';
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

/**
 * The most memory this process has held. Linux tells it for the program alone; `getrusage` there counts what the
 * process that started it held, too.
 */
function peakResidentBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}
