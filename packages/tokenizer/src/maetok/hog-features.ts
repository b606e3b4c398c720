import {
  ArgumentError,
  cast,
  equal,
  formatShape,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  narrow,
  normalize,
  oneHot,
  pad,
  ShapeError,
  type Tensor,
  tensor,
  where,
} from '@softvq/core';

/** Directions of gradients are told apart in half a turn. */
const bins = 9;
/** Pixels along the side of a cell, whose gradients are counted together. */
const cell = 8;
/** Pixels along the side of the window in which gradients in the middle count most, and its deviation. */
const window = 16;
const windowDeviation = 8;

/** How many numbers a patch has: 9 directions of 3 colours in each of its cells. */
export function hogWidth(patchSize: number): number {
  if (patchSize % cell === 0) return 3 * bins * (patchSize / cell) ** 2;
  throw new ArgumentError(
    `histograms of oriented gradients need patches of a multiple of ${cell} pixels, not ${patchSize}`,
  );
}

/**
 * Histograms of oriented gradients (Dalal & Triggs, 2005) as targets for masked prediction (Wei et al., "Masked
 * Feature Prediction for Self-Supervised Visual Pre-Training", 2022): each colour of each cell of 8×8 pixels at unit
 * length over the directions.
 *
 * @param images (batch, 3, height, width), both sides static multiples of 16 and of the patch size.
 * @returns (batch, patches, `hogWidth(patchSize)`), patches row by row; within one colour, then direction, then row
 * and column of the cell.
 * @throws ShapeError for other images, ArgumentError for patches that do not divide into cells.
 */
export function hogFeatures(images: Tensor, patchSize: number): Tensor {
  const width = hogWidth(patchSize);
  const [batch, channels, height, breadth] = images.shape;
  const fits = (side: unknown): side is number =>
    typeof side === 'number' && side > 0 && side % window === 0 && side % patchSize === 0;
  if (images.rank !== 4 || channels !== 3 || !fits(height) || !fits(breadth)) {
    throw new ShapeError(
      `histograms of oriented gradients take (batch, 3, height, width) with sides that are multiples of ${window} and ${patchSize}, not ${formatShape(images.shape)}`,
    );
  }
  // Colours are images of their own.
  const pixels = pad(
    images.reshape([-1, 1, height, breadth]),
    [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ],
    {
      mode: 'reflect',
    },
  );
  const horizontal = smoothed(differences(pixels, 3), 2);
  const vertical = smoothed(differences(pixels, 2), 3);
  const magnitude = horizontal
    .square()
    .add(vertical.square())
    .sqrt()
    .mul(cast(tensor(gaussianWindow(height, breadth), { shape: [1, 1, height, breadth] }), images.dtype));
  const directions = oneHot(directionOf(horizontal, vertical), bins, images.dtype);
  const [rows, columns] = [height / cell, breadth / cell];
  const histograms = directions
    .mul(magnitude.reshape([-1, 1, height, breadth, 1]))
    .reshape([-1, rows, cell, columns, cell, bins])
    .sum([2, 4]);
  const perPatch = patchSize / cell;
  return normalize(histograms)
    .reshape([batch!, 3, height / patchSize, perPatch, breadth / patchSize, perPatch, bins])
    .transpose([0, 2, 4, 1, 6, 3, 5])
    .reshape([batch!, (height / patchSize) * (breadth / patchSize), width]);
}

/** Each element but the outermost: the one before minus the one after. At mirrored borders that is 0, exactly. */
function differences(x: Tensor, axis: number): Tensor {
  const inner = (x.shape[axis] as number) - 2;
  return narrow(x, axis, 0, inner).sub(narrow(x, axis, 2, inner));
}

/** Each element but the outermost: twice itself and once each neighbour, as in Sobel's operator. */
function smoothed(x: Tensor, axis: number): Tensor {
  const inner = (x.shape[axis] as number) - 2;
  const [before, itself, after] = [0, 1, 2].map((start) => narrow(x, axis, start, inner)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return before.add(itself.mul(2)).add(after);
}

/** How often a pixel counts: the same bell in every window. */
function gaussianWindow(height: number, breadth: number): Float32Array {
  const bell = (position: number): number =>
    Math.exp(-((((position % window) - (window - 1) / 2) / windowDeviation) ** 2) / 2);
  return Float32Array.from(
    { length: height * breadth },
    (_, i) => bell(Math.floor(i / breadth)) * bell(i % breadth),
  );
}

/** In which ninth of half a turn a gradient points: ⌊atan2(horizontal, vertical) · 9 / π⌋ modulo 9, int32. */
function directionOf(horizontal: Tensor, vertical: Tensor): Tensor {
  // Opposite directions are one: all are turned into the half where the angle is from 0 to below π.
  const below = logicalOr(less(horizontal, 0), logicalAnd(equal(horizontal, 0), less(vertical, 0)));
  const sine = where(below, horizontal.neg(), horizontal);
  const cosine = where(below, vertical.neg(), vertical);
  // A boundary is passed where the gradient lies anticlockwise of it.
  const passed = Array.from({ length: bins - 1 }, (_, i) => {
    const angle = ((i + 1) * Math.PI) / bins;
    const side = sine.mul(Math.cos(angle)).sub(cosine.mul(Math.sin(angle)));
    return cast(greaterEqual(side, 0), 'int32');
  });
  return passed.reduce((sum, each) => sum.add(each));
}
