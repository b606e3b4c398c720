import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, fromHost, sizeOf, type Tensor } from '@softvq/core';
import { type PresetName, presets, SoftVQ } from '@softvq/tokenizer';
import { fromPretrained, savePretrained } from '@softvq/tokenizer/node';
import { BareProducts } from '../bare-rate.js';
import { attentionFlopsOf, linearProductsOf } from '../graph-products.js';
import { noise } from '../noise.js';
import { inOwnProcess } from '../own-process.js';
import { withRandomWeights } from '../random-weights.js';
import { reportQuantity, reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

const batch = 4;

/** What the process that reconstructs the photograph prints. */
export interface TokenizerFigures {
  /** From the folder to the first reconstruction. */
  readonly seconds: number;
  /** The second reconstruction. */
  readonly secondsAgain: number;
  readonly weightBytes: number;
  readonly peakResidentBytes: number;
  readonly latentShape: readonly number[];
}

/** Full-size tokenizers with random weights, saved as official files and loaded from them. */
export async function benchTokenizer(threads: number): Promise<void> {
  for (const name of ['softvq-b-64', 'softvq-l-64'] as const) {
    const folder = await mkdtemp(join(tmpdir(), 'softvq-bench-'));
    try {
      await savePretrained(withRandomWeights(new SoftVQ(presets[name])), folder);
      await photograph(name, folder, threads);
      await rates(name, folder, threads);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

async function photograph(name: PresetName, folder: string, threads: number): Promise<void> {
  const figures = await inOwnProcess<TokenizerFigures>('run-tokenizer.ts', folder, String(threads));
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2);
  reportQuantity(
    `${name}: load, encode and decode a 256 × 256 photograph (again)`,
    `${figures.seconds.toFixed(2)} s (${figures.secondsAgain.toFixed(2)} s)`,
    '',
  );
  reportQuantity(
    `${name}: peak resident memory over its weights`,
    `${(figures.peakResidentBytes / figures.weightBytes).toFixed(2)} (${gigabytes(figures.peakResidentBytes)} of ${gigabytes(figures.weightBytes)} GB)`,
    '≤ 1.4',
  );
}

/** Encoding and decoding of a batch against the products of their linear layers alone. */
async function rates(name: PresetName, folder: string, threads: number): Promise<void> {
  const tokenizer = await fromPretrained(folder);
  const { imageSize, latentTokens, latentWidth } = presets[name];
  await rate(`${name}: encode, batch ${batch}`, [batch, 3, imageSize, imageSize], threads, (images) =>
    tokenizer.encode(images),
  );
  await rate(`${name}: decode, batch ${batch}`, [batch, latentTokens, latentWidth], threads, (latents) =>
    tokenizer.decode(latents),
  );
}

async function rate(
  what: string,
  shape: readonly number[],
  threads: number,
  network: (x: Tensor) => Tensor,
): Promise<void> {
  const x = fromHost({ dtype: 'float32', shape, data: noise(sizeOf(shape), 1) });
  const run = compile((input: { x: Tensor }) => ({ y: network(input.x) }));
  const graph = await run.graph({ x });
  const bare = await BareProducts.create(linearProductsOf(graph), { threads, returned: false });
  const { ours, engine } = await timeInTurn(
    {
      engine: { run: () => bare.run(), flops: bare.flops },
      ours: { run: async () => (await run({ x })).y.dispose(), flops: bare.flops + attentionFlopsOf(graph) },
    },
    { rounds: 15 },
  );
  reportShare(what, ours.gigaflops, engine.gigaflops, 'GFLOP/s', 0.85);
  await Promise.all([run.dispose(), bare.dispose()]);
}
