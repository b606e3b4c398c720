/** Numbers in [-1, 1) that differ for each seed; engines share initializers of equal content. */
export function noise(count: number, seed: number): Float32Array {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
