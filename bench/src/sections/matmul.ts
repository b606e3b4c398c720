import { compile, fromHost, matmul, type Tensor } from '@softvq/core';
import { BareProducts } from '../bare-rate.js';
import { noise } from '../noise.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';

/** One product with a constant weight through `compile`, results read, against the bare session. */
export async function benchMatmul(threads: number): Promise<void> {
  for (const size of [512, 1024, 2048]) {
    const products = [{ rows: size, inner: size, columns: size, count: 1 }];
    const bare = await BareProducts.create(products, { threads, returned: true });
    const weight = fromHost({ dtype: 'float32', shape: [size, size], data: noise(size * size, 2) });
    const x = fromHost({ dtype: 'float32', shape: [size, size], data: noise(size * size, 1) });
    const product = compile((input: { x: Tensor }) => ({ y: matmul(input.x, weight, { transposeB: true }) }));
    const run = async (): Promise<void> => (await product({ x })).y.dispose();
    const { ours, engine } = await timeInTurn(
      { engine: { run: () => bare.run(), flops: bare.flops }, ours: { run, flops: bare.flops } },
      // Many short calls: JavaScript is slow until it has been compiled.
      { rounds: size === 2048 ? 21 : 301, warmup: size === 2048 ? 5 : 2_000 },
    );
    reportShare(`matmul ${size}³`, ours.gigaflops, engine.gigaflops, 'GFLOP/s', 0.97);
    await Promise.all([product.dispose(), bare.dispose()]);
  }
}
