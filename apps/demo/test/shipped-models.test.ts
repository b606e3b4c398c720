import type { Picture } from '@softvq/data';
import { ImagePipeline } from 'softvq/node';
import { describe, expect, it } from 'vitest';

const corners = [
  [1, 1],
  [1, 62],
  [62, 1],
  [62, 62],
] as const;
const rim = [
  [32, 3],
  [32, 60],
  [3, 32],
  [60, 32],
] as const;

describe('the shipped models', () => {
  it.each([
    ['emoji-sit', 'SiT'],
    ['emoji-dit', 'DiT'],
    ['emoji-mar', 'MAR'],
  ])('%s is a %s that draws clocks: round, over white', async (name, className) => {
    const pipeline = await ImagePipeline.fromPretrained(name, { device: 'cpu' });
    try {
      expect(pipeline.generator.constructor.name).toBe(className);
      const { pictures } = await pipeline.generate({ classes: 'clock', count: 4, seed: 1, steps: 25 });
      expect(pictures).toHaveLength(4);
      const outside = brightness(pictures, corners);
      expect(outside).toBeGreaterThan(225);
      expect(brightness(pictures, rim)).toBeLessThan(outside - 20);
    } finally {
      await pipeline.dispose();
    }
  });
});

/** The mean of all channels at these places of all pictures, from 0 to 255. */
function brightness(
  pictures: readonly Picture[],
  places: readonly (readonly [x: number, y: number])[],
): number {
  const values = pictures.flatMap(({ width, data }) =>
    places.flatMap(([x, y]) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]),
  );
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
