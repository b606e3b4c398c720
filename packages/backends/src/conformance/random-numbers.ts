/** Numbers from 0 to below 1. */
export type RandomNumbers = () => number;

/** A linear congruential generator seeded by a text: the same case gets the same numbers everywhere. */
export function randomNumbers(seed: string): RandomNumbers {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 16777619) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
