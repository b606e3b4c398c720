import { cpus } from 'node:os';
import { cpu } from '@softvq/backends/cpu';
import { setDefaultBackend } from '@softvq/core';
import { printHeader } from './report.js';

const threads = Number(process.env['SOFTVQ_THREADS'] ?? 2);
const sections: Record<string, () => Promise<void>> = {
  matmul: async () => (await import('./sections/matmul.js')).benchMatmul(threads),
  forward: async () => (await import('./sections/forward.js')).benchForward(threads),
  symbolic: async () => (await import('./sections/symbolic.js')).benchSymbolic(),
  training: async () => (await import('./sections/training.js')).benchTraining(threads),
  recipes: async () => (await import('./sections/recipes.js')).benchRecipes(threads),
  tokenizer: async () => (await import('./sections/tokenizer.js')).benchTokenizer(threads),
  sampling: async () => {
    await (await import('./sections/sampling.js')).benchSampling(threads);
    await (await import('./sections/masked-sampling.js')).benchMaskedSampling(threads);
  },
  precision: async () => (await import('./sections/precision.js')).benchPrecision(),
  throughput: async () => (await import('./sections/throughput.js')).benchThroughput(),
  devices: async () => (await import('./sections/devices.js')).benchDevices(threads),
  loading: async () => (await import('./sections/loading.js')).benchLoading(threads),
};

const chosen = process.argv.slice(2);
const unknown = chosen.find((name) => !(name in sections));
if (unknown !== undefined) {
  console.error(`there is no section "${unknown}"; choose from ${Object.keys(sections).join(', ')}`);
  process.exitCode = 1;
} else {
  console.log(`${cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}\n`);
  const backend = await cpu({ threads });
  setDefaultBackend(backend);
  printHeader();
  for (const [name, run] of Object.entries(sections))
    if (chosen.length === 0 || chosen.includes(name)) await run();
  await backend.dispose();
}
