import { GroupNorm } from '@softvq/core/nn';

/** How many groups every norm of these networks has, so their channels are multiples of it. */
const groups = 32;

/** @throws ArgumentError unless `channels` is a multiple of 32. */
export function groupNorm(channels: number): GroupNorm {
  return new GroupNorm(groups, channels, { epsilon: 1e-6 });
}
