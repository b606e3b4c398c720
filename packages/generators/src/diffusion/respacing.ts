import { ArgumentError } from '@softvq/core';

/**
 * Which steps of a chain a sampler visits, written as in the code of Nichol & Dhariwal (2021): `"250"` is 250 steps
 * spread evenly, `"10,20,30"` so many in equal sections of the chain, and `"ddim50"` every so many-th from 0, as
 * Song et al. ("Denoising Diffusion Implicit Models", 2021).
 */
export type Respacing = string;

/**
 * The visited timesteps in ascending order.
 *
 * @param length of the chain.
 * @throws ArgumentError for text of another form, more steps than there are, or a stride that does not exist.
 */
export function respacedTimesteps(respacing: Respacing, length: number): number[] {
  const counts = parse(respacing);
  return respacing.startsWith('ddim') ? strided(counts[0]!, length) : sections(counts, length);
}

/** How many timesteps `respacedTimesteps` gives. @throws ArgumentError for text of another form. */
export function respacedLength(respacing: Respacing): number {
  return parse(respacing).reduce((sum, count) => sum + count, 0);
}

function parse(respacing: Respacing): number[] {
  const pattern = /^(?:ddim([1-9]\d*)|([1-9]\d*(?:,[1-9]\d*)*))$/;
  const match = pattern.exec(respacing);
  if (match === null) {
    throw new ArgumentError(`respacing is written "250", "10,20,30" or "ddim50", not "${respacing}"`);
  }
  return (match[1] ?? match[2]!).split(',').map(Number);
}

function strided(count: number, length: number): number[] {
  for (let stride = 1; stride < length; stride++) {
    if (Math.ceil(length / stride) !== count) continue;
    return Array.from({ length: count }, (_, i) => i * stride);
  }
  throw new ArgumentError(
    `respacing "ddim${count}": no whole stride gives exactly ${count} of ${length} timesteps; use "${count}"`,
  );
}

function sections(counts: readonly number[], length: number): number[] {
  const timesteps: number[] = [];
  const share = Math.floor(length / counts.length);
  const larger = length % counts.length;
  let start = 0;
  for (const [i, count] of counts.entries()) {
    const size = share + (i < larger ? 1 : 0);
    if (count > size) {
      throw new ArgumentError(`respacing: ${count} steps do not fit a section of ${size} timesteps`);
    }
    const stride = count === 1 ? 1 : (size - 1) / (count - 1);
    // Added up, and halves rounded to even numbers, as the networks' timesteps were chosen in training code.
    let position = 0;
    for (let step = 0; step < count; step++) {
      timesteps.push(start + roundToEven(position));
      position += stride;
    }
    start += size;
  }
  return timesteps;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
