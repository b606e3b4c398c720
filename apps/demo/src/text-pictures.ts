import type { Picture } from '@softvq/data';
import { Jimp, loadFont, measureText, measureTextHeight } from 'jimp';
import { SANS_16_BLACK } from 'jimp/fonts';

/** Pixels on either side of a text. */
const margin = 8;

/** Texts as pictures of one size, black on white, at the right and in the middle of the given height. */
export async function textPictures(texts: readonly string[], height: number): Promise<Picture[]> {
  const font = await loadFont(SANS_16_BLACK);
  const widths = texts.map((text) => measureText(font, text));
  const width = Math.max(...widths) + 2 * margin;
  return texts.map((text, i) => {
    const image = new Jimp({ width, height, color: 0xffffffff });
    const top = Math.max(0, Math.round((height - measureTextHeight(font, text, width)) / 2));
    image.print({ font, text, x: width - margin - widths[i]!, y: top });
    return { width, height, data: withoutAlpha(image.bitmap.data) };
  });
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  return rgba.filter((_, i) => i % 4 !== 3);
}
