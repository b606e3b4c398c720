import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPages } from '../../../packages/backends/test/browser/build-pages.js';
import { findChromium } from '../../../packages/backends/test/browser/chromium.js';
import { launchBrowser } from '../../../packages/backends/test/browser/launch-browser.js';
import { servePages } from '../../../packages/backends/test/browser/serve-pages.js';
import type { Rates } from '../devices/compare.js';
import type { ComparePage } from '../devices/pages/compare.js';
import { ofGpus, ofWebAssembly } from '../devices/sizes.js';
import { inOwnProcess } from '../own-process.js';
import { reportQuantity, reportShare } from '../report.js';
import type { TransformerSize } from '../transformer.js';

interface Comparison {
  readonly webAssembly: Rates;
  readonly gpu: Rates;
}

/** Debian's Chromium brings the software rendering that stands in for a GPU in Node. */
const softwareRendering = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** The backends beyond the CPU against each other and against bare ONNX Runtime on the same model. */
export async function benchDevices(threads: number): Promise<void> {
  const chromiumPath = await findChromium();
  process.env['VK_ICD_FILENAMES'] ??= softwareRendering;
  report('Node', await inOwnProcess<Comparison>('devices/compare-in-node.ts', String(threads)));
  report('Chromium', await compareInChromium(chromiumPath, threads));
}

async function compareInChromium(chromiumPath: string, threads: number): Promise<Comparison> {
  const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
  try {
    await buildPages(new URL('../devices/pages/', import.meta.url), folder);
    const server = await servePages(folder);
    const browser = await launchBrowser({ chromiumPath, pagesUrl: server.url });
    try {
      const page = await browser.open<ComparePage>('compare');
      return { webAssembly: await page.call('webAssembly', threads), gpu: await page.call('gpu', threads) };
    } finally {
      await browser.close();
      await server.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

function report(where: string, { webAssembly, gpu }: Comparison): void {
  againstBare(where, 'wasm', ofWebAssembly, webAssembly);
  amongEachOther(where, ofWebAssembly, webAssembly);
  againstBare(where, 'webgpu', ofGpus, gpu);
  amongEachOther(where, ofGpus, gpu);
}

function againstBare(where: string, name: string, size: TransformerSize, rates: Rates): void {
  const what = `${where}, ${nameOf(size)}: ${name}`;
  reportShare(what, rates[name]!, rates[`bare ${name}`]!, 'GFLOP/s', 0.95);
}

/** Rates of our backends over that of the first, from the one run. */
function amongEachOther(where: string, size: TransformerSize, rates: Rates): void {
  const [[first, base], ...others] = Object.entries(rates).filter(([name]) => !name.startsWith('bare ')) as [
    [string, number],
    ...[string, number][],
  ];
  const text = others.map(([name, rate]) => `${name} ${(rate / base).toPrecision(3)}`);
  reportQuantity(`${where}, ${nameOf(size)}: rates over that of ${first}`, text.join(', '), '');
}

function nameOf({ layers, width, batch, tokens }: TransformerSize): string {
  return `${layers} layers of ${width}, ${batch} × ${tokens} tokens`;
}
