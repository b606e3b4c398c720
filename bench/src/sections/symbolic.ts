import { compile, type Tensor } from '@softvq/core';
import { productFlops } from '../bare-rate.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';
import { activations, attentionFlops, linearProducts, Transformer, wide } from '../transformer.js';

/** One executable for all sizes against one made for just this size. */
export async function benchSymbolic(): Promise<void> {
  const size = { ...wide, batch: 8 };
  const network = new Transformer(size);
  const x = activations(size);
  const forward = (input: { x: Tensor }) => ({ y: network.forward(input.x) });
  const fixed = compile(forward);
  const symbolic = compile(forward, { dynamic: { x: ['batch', 'tokens'] } });
  const flops = productFlops(linearProducts(size)) + attentionFlops(size);
  const timing = await timeInTurn(
    {
      fixed: { run: async () => (await fixed({ x })).y.dispose(), flops },
      symbolic: { run: async () => (await symbolic({ x })).y.dispose(), flops },
    },
    { rounds: 15 },
  );
  reportShare(
    'symbolic against static sizes, batch 8',
    timing.symbolic.gigaflops,
    timing.fixed.gigaflops,
    'GFLOP/s',
    0.95,
  );
  await Promise.all([fixed.dispose(), symbolic.dispose()]);
}
