import { cpu } from '@softvq/backends/cpu';
import { setDefaultBackend } from '@softvq/core';
import { fromPretrained } from '@softvq/generators/node';
import type { GeneratorMemoryFigures } from './generator-memory.js';
import { peakResidentBytes } from './peak-memory.js';

/** A process that loads a saved generator, draws an image and prints what that took. */
const [folder, threads] = process.argv.slice(2);
setDefaultBackend(await cpu({ threads: Number(threads) }));
const start = performance.now();
const generator = await fromPretrained(folder!);
for await (const event of generator.sample({ labels: [207], steps: 2, guidance: { scale: 1.75 } })) {
  if (event.type === 'done') await event.latents.data();
}
const figures: GeneratorMemoryFigures = {
  seconds: (performance.now() - start) / 1000,
  weightBytes: Object.values(generator.stateDict()).reduce(
    (sum, { shape }) => sum + 4 * (shape as number[]).reduce((product, size) => product * size, 1),
    0,
  ),
  peakResidentBytes: peakResidentBytes(),
};
console.log(JSON.stringify(figures));
