import { BareProducts } from '../bare-rate.js';
import { jaxPeer } from '../peers/jax.js';
import { tfjsPeer } from '../peers/tfjs.js';
import { reportShare } from '../report.js';
import { timeInTurn } from '../timing.js';
import { trainingStep } from '../training-step.js';
import { activations, attentionFlops, linearProducts, small, Transformer } from '../transformer.js';

/** A whole training step, counted as three forwards, against the bare products and against the peers' step. */
export async function benchTraining(threads: number): Promise<void> {
  const bare = await BareProducts.create(linearProducts(small), { threads });
  const { step, initial } = trainingStep(new Transformer(small));
  const x = activations(small);
  let state = initial();
  const run = async (): Promise<void> => {
    const { loss, ...next } = await step({ ...state, x });
    state = next;
    await loss.item();
    loss.dispose();
  };
  const { ours, engine } = await timeInTurn(
    {
      engine: { run: () => bare.run(), flops: bare.flops },
      ours: { run, flops: 3 * (bare.flops + attentionFlops(small)) },
    },
    { rounds: 11 },
  );
  reportShare(
    'training step, 6 layers of 256, 32 × 96 tokens',
    ours.gigaflops,
    engine.gigaflops,
    'GFLOP/s',
    0.75,
  );
  await bare.dispose();

  const imagesPerSecond = (seconds: number): number => small.batch / seconds;
  for (const create of [tfjsPeer, jaxPeer]) {
    const peer = await create({ ...small, threads });
    const timing = await timeInTurn(
      { ours: { run, flops: 0 }, theirs: { run: () => peer.step(), flops: 0 } },
      { rounds: 3, warmup: 1 },
    );
    reportShare(
      `the same step, ${peer.name}`,
      imagesPerSecond(timing.ours.seconds),
      imagesPerSecond(timing.theirs.seconds),
      'images/s',
      4,
    );
    await peer.dispose();
  }
  await step.dispose();
}
