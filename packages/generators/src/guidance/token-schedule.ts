import type { Guidance } from './guidance.js';

/**
 * The guidance scale while tokens are filled in (Li et al., "Autoregressive Image Generation without Vector
 * Quantization", 2024): constant, or growing linearly from 1 with the share of tokens that will be known.
 *
 * @param known how many of `tokens` are known after the step.
 */
export function tokenGuidanceScale({ scale, schedule }: Guidance, known: number, tokens: number): number {
  return schedule === 'constant' ? scale : 1 + ((scale - 1) * known) / tokens;
}
