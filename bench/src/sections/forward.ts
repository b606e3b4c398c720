import { compile, type Tensor } from '@softvq/core';
import { createBarePair } from '../bare-rate.js';
import { reportShares } from '../report.js';
import { timeInTurn } from '../timing.js';
import {
  activations,
  attentionFlops,
  linearProducts,
  small,
  Transformer,
  type TransformerSize,
  wide,
} from '../transformer.js';

/** Transformers with constant weights against their linear layers' products alone. */
export async function benchForward(threads: number): Promise<void> {
  await forward('forward, 6 layers of 256, 32 × 96 tokens', small, threads);
  await forward('forward, 4 layers of 1,152, 128 rows', wide, threads);
}

async function forward(what: string, size: TransformerSize, threads: number): Promise<void> {
  const bare = await createBarePair(linearProducts(size), threads);
  const { flops } = bare.returned;
  const network = new Transformer(size);
  const x = activations(size);
  const run = compile((input: { x: Tensor }) => ({ y: network.forward(input.x) }));
  const { ours, returned, kernels } = await timeInTurn(
    {
      returned: { run: () => bare.returned.run(), flops },
      kernels: { run: () => bare.kernels.run(), flops },
      ours: { run: async () => (await run({ x })).y.dispose(), flops: flops + attentionFlops(size) },
    },
    { rounds: 21 },
  );
  const rates = { returned: returned.gigaflops, kernels: kernels.gigaflops };
  reportShares(what, ours.gigaflops, rates, 'GFLOP/s', 0.9);
  await Promise.all([run.dispose(), bare.returned.dispose(), bare.kernels.dispose()]);
}
