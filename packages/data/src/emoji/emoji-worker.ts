// A program of its own, started as a process by its file address. Its only imports are packages and erased types,
// so that it starts as it is, from source or built, whatever resolves the imports of the main program.
import { Resvg } from '@resvg/resvg-js';
import type { RasterDrawing, RasterFailure, RasterReply, RasterRequest } from './raster-messages.js';

/** Of a canvas, far above what any emoji needs at usual sizes: 512 MiB. */
const mostPixels = 2 ** 27;

process.on('message', ({ size, drawings }: RasterRequest) => {
  const pictureBytes = size * size * 3;
  const pixels = new Uint8Array(drawings.length * pictureBytes);
  const failures = new Map<number, RasterFailure>();
  let used = 0;
  for (const [index, drawing] of drawings.entries()) {
    try {
      rasterise(drawing, size, pixels.subarray(used, used + pictureBytes));
      used += pictureBytes;
    } catch (error) {
      failures.set(index, { reason: error instanceof Error ? error.message : String(error) });
    }
  }
  process.send?.({ pixels: pixels.subarray(0, used), failures } satisfies RasterReply);
});
process.send?.('ready');

/** Pixels around the square picture; part of the canvas, but not of the result. */
interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function rasterise(drawing: RasterDrawing, size: number, rgb: Uint8Array): void {
  const exact = parse(drawing, size, { left: 0, top: 0, right: 0, bottom: 0 });
  // A few drawings hold leftovers far outside their frame. A translucent group that misses the canvas entirely
  // makes this version of resvg abort the process, so the canvas grows until it holds everything.
  const margins = marginsOf(exact, drawing, size);
  const { left, top, right, bottom } = margins;
  const outside = left + top + right + bottom > 0;
  const canvasWidth = left + size + right;
  if (canvasWidth * (top + size + bottom) > mostPixels) {
    throw new Error('it reaches so far outside its frame that it cannot be drawn at this size');
  }
  const rgba = (outside ? parse(drawing, size, margins) : exact).render().pixels;
  for (let row = 0, to = 0; row < size; row++) {
    let from = ((top + row) * canvasWidth + left) * 4;
    for (let column = 0; column < size; column++, from += 4, to += 3) {
      rgb[to] = rgba[from]!;
      rgb[to + 1] = rgba[from + 1]!;
      rgb[to + 2] = rgba[from + 2]!;
    }
  }
}

function parse(drawing: RasterDrawing, size: number, { left, top, right, bottom }: Margins): Resvg {
  const { side, x, y } = frameOf(drawing);
  const unit = side / size;
  const width = left + size + right;
  const height = top + size + bottom;
  const viewBox = `${x - left * unit} ${y - top * unit} ${width * unit} ${height * unit}`;
  // The drawings use both name spaces without declaring them.
  const nameSpaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  const document = `<svg ${nameSpaces} width="${width}" height="${height}" viewBox="${viewBox}">${drawing.body}</svg>`;
  // No emoji holds text, and looking for fonts takes ten times as long as drawing.
  return new Resvg(document, { background: 'white', font: { loadSystemFonts: false } });
}

function marginsOf(parsed: Resvg, drawing: RasterDrawing, size: number): Margins {
  const box = parsed.getBBox();
  if (box === undefined) return { left: 0, top: 0, right: 0, bottom: 0 };
  const { side, x, y } = frameOf(drawing);
  const pixels = (units: number) => (units > 0 ? Math.ceil((units * size) / side) + 1 : 0);
  return {
    left: pixels(x - box.x),
    top: pixels(y - box.y),
    right: pixels(box.x + box.width - x - side),
    bottom: pixels(box.y + box.height - y - side),
  };
}

/** The square around a drawing, which sits in its middle; in the drawing's units. */
function frameOf({ width, height }: RasterDrawing): { side: number; x: number; y: number } {
  const side = Math.max(width, height);
  return { side, x: (width - side) / 2, y: (height - side) / 2 };
}
