import { fromHost, type RandomSource, type Tensor } from '@softvq/core';

/** Which tokens of every image are known, as the network is told. */
export interface KnownTokens {
  /** int32 (images, known): their positions, ascending. */
  readonly known: Tensor;
  /** int32 (images, tokens): 0 where a token is masked, otherwise 1 + its place among the known ones. */
  readonly places: Tensor;
}

/** Known tokens of a training batch. */
export interface TrainingMask extends KnownTokens {
  /** float32 (buffer + known): 0, and -Infinity for what only fills `known` up to a size that is always the same. */
  readonly mask: Tensor;
}

export interface TrainingMaskOptions {
  readonly batch: number;
  readonly tokens: number;
  readonly buffer: number;
  /** The least share of tokens that are masked. */
  readonly leastRatio: number;
  /** Standard deviation of that share. */
  readonly deviation: number;
}

/**
 * How many tokens are still masked after each step of sampling: tokens · cos(π/2 · step / steps), at least one less
 * than before, and none in the end.
 *
 * @param steps from 1 to the number of tokens.
 */
export function maskedCounts(tokens: number, steps: number): number[] {
  const counts: number[] = [];
  let masked = tokens;
  for (let step = 1; step < steps; step++) {
    const planned = Math.floor(tokens * Math.cos(((Math.PI / 2) * step) / steps));
    masked = Math.max(1, Math.min(masked - 1, planned));
    counts.push(masked);
  }
  return [...counts, 0];
}

/** The positions from `start` up to before `stop` of an order, ascending. */
export function positionsOf(order: Int32Array, start: number, stop = order.length): Int32Array {
  return order.slice(start, stop).sort();
}

/** What the network is told when the first `masked` positions of each image's order are masked. */
export function knownTokens(orders: readonly Int32Array[], masked: number): KnownTokens {
  return tensorsOf(
    orders.map((order) => positionsOf(order, masked)),
    orders[0]!.length,
    orders[0]!.length - masked,
  );
}

/**
 * A random order of the tokens of each image, of which the first are masked: a share that is the same for the batch
 * and normal around all with the deviation, between `leastRatio` and all.
 */
export function drawTrainingMask(
  { batch, tokens, buffer, leastRatio, deviation }: TrainingMaskOptions,
  random: RandomSource,
): TrainingMask {
  const orders = Array.from({ length: batch }, () => random.permutation(tokens));
  const [ratio] = random.truncatedNormal(1, {
    mean: 1,
    standardDeviation: deviation,
    low: leastRatio,
    high: 1,
  });
  const masked = Math.ceil(ratio! * tokens);
  const most = tokens - Math.ceil(leastRatio * tokens);
  const visible = buffer + tokens - masked;
  const mask = Float32Array.from({ length: buffer + most }, (_, i) => (i < visible ? 0 : -Infinity));
  const positions = orders.map((order) => positionsOf(order, masked));
  return {
    ...tensorsOf(positions, tokens, most),
    mask: fromHost({ dtype: 'float32', shape: [buffer + most], data: mask }),
  };
}

/** @param size of the second axis of `known`, which zeros fill up. */
function tensorsOf(positions: readonly Int32Array[], tokens: number, size: number): KnownTokens {
  const known = new Int32Array(positions.length * size);
  const places = new Int32Array(positions.length * tokens);
  for (const [image, each] of positions.entries()) {
    known.set(each, image * size);
    for (const [place, position] of each.entries()) places[image * tokens + position] = 1 + place;
  }
  return {
    known: fromHost({ dtype: 'int32', shape: [positions.length, size], data: known }),
    places: fromHost({ dtype: 'int32', shape: [positions.length, tokens], data: places }),
  };
}
