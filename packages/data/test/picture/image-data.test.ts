import { expect, it } from 'vitest';
import { pictureFromImageData } from '../../src/browser/index.js';

it('pictureFromImageData composites over white', () => {
  const data = Uint8ClampedArray.from([255, 0, 0, 128, 9, 9, 9, 0, 1, 2, 3, 255, 0, 0, 0, 51]);
  const picture = pictureFromImageData({ width: 2, height: 2, data });
  expect(picture).toEqual({
    width: 2,
    height: 2,
    data: Uint8Array.from([255, 127, 127, 255, 255, 255, 1, 2, 3, 204, 204, 204]),
  });
});
