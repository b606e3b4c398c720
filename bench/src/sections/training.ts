import { createBarePair, productFlops } from '../bare-rate.js';
import { jaxPeer } from '../peers/jax.js';
import { tfjsPeer } from '../peers/tfjs.js';
import { reportShare, reportShares } from '../report.js';
import { timeInTurn } from '../timing.js';
import { trainingStep } from '../training-step.js';
import { activations, attentionFlops, linearProducts, small, Transformer } from '../transformer.js';

const flops = 3 * (productFlops(linearProducts(small)) + attentionFlops(small));

/** A whole training step, counted as three forwards, against the bare products and against the peers' step. */
export async function benchTraining(threads: number): Promise<void> {
  const bare = await createBarePair(linearProducts(small), threads);
  const whole = trainer(1);
  const inParts = trainer(4);
  const timing = await timeInTurn(
    {
      returned: { run: () => bare.returned.run(), flops: bare.returned.flops },
      kernels: { run: () => bare.kernels.run(), flops: bare.kernels.flops },
      whole: { run: whole.run, flops },
      inParts: { run: inParts.run, flops },
    },
    { rounds: 15 },
  );
  const what = 'training step, 6 layers of 256, 32 × 96 tokens';
  const rates = { returned: timing.returned.gigaflops, kernels: timing.kernels.gigaflops };
  reportShares(what, timing.whole.gigaflops, rates, 'GFLOP/s', 0.75);
  reportShares(`${what}, in 4 micro-batches`, timing.inParts.gigaflops, rates, 'GFLOP/s', 0.75);
  await Promise.all([bare.returned.dispose(), bare.kernels.dispose(), inParts.dispose()]);

  const imagesPerSecond = (seconds: number): number => small.batch / seconds;
  for (const create of [tfjsPeer, jaxPeer]) {
    const peer = await create({ ...small, threads });
    const { ours, theirs } = await timeInTurn(
      { ours: { run: whole.run, flops }, theirs: { run: () => peer.step(), flops } },
      { rounds: 3, warmup: 1 },
    );
    reportShare(
      `the same step, ${peer.name}, ${threads} threads`,
      imagesPerSecond(ours.seconds),
      imagesPerSecond(theirs.seconds),
      'images/s',
      4,
    );
    await peer.dispose();
  }
  await whole.dispose();
}

/** Our step with its state: each run trains on. */
function trainer(microBatches: number) {
  const { step, initial } = trainingStep(new Transformer(small), microBatches);
  const x = activations(small);
  let state = initial();
  return {
    async run(): Promise<void> {
      const { loss, ...next } = await step({ ...state, x });
      state = next;
      await loss.item();
      loss.dispose();
    },
    dispose: () => step.dispose(),
  };
}
