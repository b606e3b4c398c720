import type { Picture } from '../picture/picture.js';

/** A picture with left and right exchanged. */
export function mirror({ width, height, data }: Picture): Picture {
  const mirrored = new Uint8Array(data.length);
  for (let row = 0, to = 0; row < height; row++) {
    let from = (row * width + width - 1) * 3;
    for (let column = 0; column < width; column++, to += 3, from -= 3) {
      mirrored[to] = data[from]!;
      mirrored[to + 1] = data[from + 1]!;
      mirrored[to + 2] = data[from + 2]!;
    }
  }
  return { width, height, data: mirrored };
}
