import type { CounterWords } from './counter-words.js';
import { logUniform, normalsFromWords } from './standard-normal.js';

const largestBatch = 2048;

/**
 * Fills `normals` with standard normal numbers conditioned on [low, high], by exact rejection, so that tails
 * many deviations out are as right as the centre (Robert, "Simulation of truncated normal variables", 1995).
 * Number i has two words for itself, half of block ⌊(position + i) / 2⌋, and as many for every further attempt
 * until one is accepted: each is, with probability above 0.4.
 *
 * @param low,high in standard deviations from the mean, `low` < `high`; either may be infinite.
 */
export function truncatedStandardNormals(
  normals: Float64Array,
  low: number,
  high: number,
  words: CounterWords,
  position: number,
): void {
  // On the side of the mean where the interval's densest point is not negative there are fewer cases.
  const mirrored = high <= 0;
  const propose = mirrored ? proposal(-high, -low) : proposal(low, high);
  const skipped = position % 2;
  const firstBlock = (position - skipped) / 2;
  const total = skipped + normals.length;
  const batch = Math.min(largestBatch, total + (total % 2));
  const pairs = new Int32Array(2 * batch);
  const candidates = new Float64Array(batch);
  const retryPairs = new Int32Array(4);
  const retryCandidates = new Float64Array(2);
  for (let start = 0; start < total; start += batch) {
    words.blocks(pairs, firstBlock + start / 2, 'truncated-normal');
    propose(pairs, candidates);
    const end = Math.min(start + batch, total);
    for (let lane = Math.max(start, skipped); lane < end; lane++) {
      let value = candidates[lane - start]!;
      for (let attempt = 1; Number.isNaN(value); attempt++) {
        words.blocks(retryPairs, firstBlock + (lane >>> 1), 'truncated-normal', attempt);
        propose(retryPairs, retryCandidates);
        value = retryCandidates[lane % 2]!;
      }
      normals[lane - skipped] = mirrored ? -value : value;
    }
  }
}

/** Makes each pair of words an accepted number or NaN. It may overwrite the words. */
type Proposal = (pairs: Int32Array, candidates: Float64Array) => void;

function proposal(low: number, high: number): Proposal {
  if (low < 0) return high - low > 2.5 ? untruncated(low, high) : uniform(low, high, 0);
  // Robert's rate of the exponential proposal, and the width below which a uniform proposal accepts more.
  const root = low + Math.sqrt(low * low + 4);
  const width = ((2 * Math.sqrt(Math.E)) / root) * Math.exp(-low / root);
  return high - low > width ? exponential(low, high, root / 2) : uniform(low, high, low);
}

/** Both numbers of the Box-Muller pair are candidates. */
function untruncated(low: number, high: number): Proposal {
  return (pairs, candidates) => {
    const normals = new Float32Array(pairs.buffer);
    normalsFromWords(pairs, normals, 0, 1);
    for (let index = 0; index < candidates.length; index++) {
      const first = normals[2 * index]!;
      const second = normals[2 * index + 1]!;
      if (first >= low && first <= high) candidates[index] = first;
      else candidates[index] = second >= low && second <= high ? second : Number.NaN;
    }
  };
}

/** `peak` is the point of the interval where the density is greatest. */
function uniform(low: number, high: number, peak: number): Proposal {
  return (pairs, candidates) => {
    for (let index = 0; index < candidates.length; index++) {
      const value = low + (high - low) * (((pairs[2 * index]! >>> 0) + 0.5) * 2 ** -32);
      const accepted = logUniform(pairs[2 * index + 1]!) <= ((peak - value) * (peak + value)) / 2;
      candidates[index] = accepted ? value : Number.NaN;
    }
  };
}

function exponential(low: number, high: number, rate: number): Proposal {
  return (pairs, candidates) => {
    for (let index = 0; index < candidates.length; index++) {
      const value = low - logUniform(pairs[2 * index]!) / rate;
      const accepted = value <= high && logUniform(pairs[2 * index + 1]!) <= -((value - rate) ** 2) / 2;
      candidates[index] = accepted ? value : Number.NaN;
    }
  };
}
