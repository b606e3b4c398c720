import { RandomStream } from '@softvq/core/random';
import { describe, expect, it } from 'vitest';
import { drawnBalanced } from '../src/choose-pictures.js';
import { shiftPictures } from '../src/shift-pictures.js';

describe('drawnBalanced', () => {
  it('draws as many of each class, repeating only what is scarce', () => {
    const labels = Int32Array.from([0, 1, 0, 0, 1, 0, 3]);
    const chosen = drawnBalanced(labels, { classes: 4, perClass: 3, seed: 5 });
    expect(Array.from(chosen, (at) => labels[at])).toEqual([0, 0, 0, 1, 1, 1, 3, 3, 3]);
    expect(new Set(chosen.subarray(0, 3)).size).toBe(3);
    expect(new Set(chosen.subarray(3, 6))).toEqual(new Set([1, 4]));
  });
});

describe('shiftPictures', () => {
  it('moves all channels of a picture together and fills with white', () => {
    const batch = 12;
    const shape: readonly [number, number, number, number] = [batch, 2, 3, 4];
    const plane = 12;
    const before = Float32Array.from({ length: batch * 2 * plane }, (_, i) => -(i + 1) / 1000);
    const data = before.slice();
    shiftPictures({ shape, data }, 2, new RandomStream({ seed: 6, name: 'shift' }));
    const moves = new Set<string>();
    for (let picture = 0; picture < batch; picture++) {
      const found = movesOf(before, data, picture);
      expect(found).toHaveLength(1);
      moves.add(found[0]!);
    }
    expect(moves.size).toBeGreaterThan(4);
  });
});

/** The moves by up to two pixels that explain what became of a picture of two channels, 3 high and 4 wide. */
function movesOf(before: Float32Array, after: Float32Array, picture: number): string[] {
  const found: string[] = [];
  for (let down = -2; down <= 2; down++) {
    for (let right = -2; right <= 2; right++) {
      const fits = Array.from({ length: 24 }, (_, i) => {
        const [channel, row, column] = [Math.floor(i / 12), Math.floor((i % 12) / 4), i % 4];
        const [fromRow, fromColumn] = [row - down, column - right];
        const inside = fromRow >= 0 && fromRow < 3 && fromColumn >= 0 && fromColumn < 4;
        const expected = inside ? before[picture * 24 + channel * 12 + fromRow * 4 + fromColumn]! : 1;
        return after[picture * 24 + i] === expected;
      });
      if (fits.every(Boolean)) found.push(`${down},${right}`);
    }
  }
  return found;
}
