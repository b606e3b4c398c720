import { reportQuantity } from './report.js';
import { type TimingOptions, timeInTurn } from './timing.js';

/** Reports what a step of a sampling loop takes beyond the calls of the network that it makes. */
export async function reportLoopOverhead(
  name: string,
  network: () => Promise<unknown>,
  step: () => Promise<unknown>,
  options: TimingOptions,
): Promise<void> {
  const timing = await timeInTurn(
    { network: { run: network, flops: 0 }, ours: { run: step, flops: 0 } },
    options,
  );
  const share = timing.ours.seconds / timing.network.seconds - 1;
  reportQuantity(
    `${name}: what the sampling loop adds to the network`,
    `${(100 * share).toFixed(1)} % of ${(1000 * timing.network.seconds).toFixed(0)} ms`,
    '≤ 3 %',
  );
}
