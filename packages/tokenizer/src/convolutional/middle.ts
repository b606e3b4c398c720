import { Sequential } from '@softvq/core/nn';
import type { RandomStream } from '@softvq/core/random';
import { AttentionBlock } from './attention-block.js';
import { ResidualBlock } from './residual-block.js';

/** The blocks at the lowest resolution between the levels and the latents, which keep the shape. */
export function middle(channels: number, random: RandomStream): Sequential {
  return new Sequential(
    new ResidualBlock(channels, channels, random.child('block', 0)),
    new AttentionBlock(channels, random.child('block', 1)),
    new ResidualBlock(channels, channels, random.child('block', 2)),
  );
}
