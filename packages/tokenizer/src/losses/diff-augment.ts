import {
  ArgumentError,
  arange,
  cast,
  type Dimension,
  equal,
  formatShape,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  matmul,
  ShapeError,
  type Tensor,
  where,
} from '@softvq/core';
import { cutoutSize } from './diff-augment-draws.js';

/** A group of augmentations that is applied to the whole batch or skipped for the whole batch. */
export type AugmentationName = 'color' | 'translation' | 'cutout';

export interface DiffAugmentPolicy {
  /** Probability that a group is applied, from 0 to 1. */
  readonly probability: number;
  /** Side of the cutout rectangle as a share of the image's, from 0 to 1. */
  readonly cutoutRatio: number;
}

/** What the discriminator sees of every image. */
export const weakAugmentation: DiffAugmentPolicy = { probability: 0.5, cutoutRatio: 0.2 };
/** What its logits should not depend on: the other side of the consistency regularisation. */
export const strongAugmentation: DiffAugmentPolicy = { probability: 1, cutoutRatio: 0.5 };

/** The random numbers of one augmentation of a batch. Two batches with the same draws are augmented alike. */
export interface DiffAugmentDraws {
  /** Scalars, uniform in [0, 1): a group is skipped where its number is above the probability. */
  readonly gates: Readonly<Record<AugmentationName, Tensor>>;
  /** (batch), uniform in [0, 1). */
  readonly brightness: Tensor;
  /** (batch), uniform in [0, 1). */
  readonly saturation: Tensor;
  /** (batch), uniform in [0, 1). */
  readonly contrast: Tensor;
  /** See `translate`. */
  readonly translation: Offsets;
  /** See `cutOut`. */
  readonly cutout: Offsets;
}

/** Whole numbers of any element type, one for each image: (batch). */
export interface Offsets {
  readonly rows: Tensor;
  readonly columns: Tensor;
}

/**
 * Differentiable augmentation (Zhao et al., 2020): brightness, saturation, contrast; then translation; then cutout.
 * Everything is differentiable with respect to the images and determined by the draws.
 *
 * @param images (batch, channels, height, width), nominally in [-1, 1].
 * @param draws of the same batch, image size and policy: `drawDiffAugment`.
 * @throws ArgumentError for a policy out of range, ShapeError for draws of another batch.
 */
export function diffAugment(images: Tensor, draws: DiffAugmentDraws, policy: DiffAugmentPolicy): Tensor {
  const { probability, cutoutRatio } = policy;
  if (!(probability >= 0 && probability <= 1)) {
    throw new ArgumentError(`diffAugment: a probability is from 0 to 1, not ${probability}`);
  }
  const groups: Readonly<Record<AugmentationName, (x: Tensor) => Tensor>> = {
    color: (x) => {
      const brightened = adjustBrightness(x, draws.brightness);
      return adjustContrast(adjustSaturation(brightened, draws.saturation), draws.contrast);
    },
    translation: (x) => translate(x, draws.translation),
    cutout: (x) => cutOut(x, cutoutRatio, draws.cutout),
  };
  return (['color', 'translation', 'cutout'] as const).reduce(
    (x, name) => where(lessEqual(draws.gates[name], probability), groups[name](x), x),
    images,
  );
}

/** x + (u − ½). @param x (batch, channels, height, width). @param u (batch), in [0, 1). */
export function adjustBrightness(x: Tensor, u: Tensor): Tensor {
  return x.add(perImage(x, u).sub(0.5));
}

/** Every pixel 2u times as far from its mean over the channels. Shapes as for brightness. */
export function adjustSaturation(x: Tensor, u: Tensor): Tensor {
  const gray = x.mean(1, { keepDims: true });
  return x.sub(gray).mul(perImage(x, u).mul(2)).add(gray);
}

/** Every element (u + ½) times as far from the mean of its image. Shapes as for brightness. */
export function adjustContrast(x: Tensor, u: Tensor): Tensor {
  const average = x.mean([1, 2, 3], { keepDims: true });
  return x.sub(average).mul(perImage(x, u).add(0.5)).add(average);
}

/**
 * Every image moved: row i of the result is row i + offset of the image, and 0 where there is none; columns likewise.
 *
 * @param x (batch, channels, height, width); height and width static.
 */
export function translate(x: Tensor, { rows, columns }: Offsets): Tensor {
  const [height, width] = spaceOf('translate', x);
  // Products with matrices of zeros and ones are exact and, unlike gathering, have a gradient that is a product, too.
  const moved = matmul(selection(x, rows, height), x);
  return matmul(moved, selection(x, columns, width), { transposeB: true });
}

/**
 * Zeros in a rectangle of each image: from centre − ⌊size / 2⌋ on, `size` rows and columns as far as there are, where
 * size is ⌊ratio · side + ½⌋ and the offsets are the centres.
 *
 * @param x (batch, channels, height, width); height and width static. @param ratio from 0 to 1.
 */
export function cutOut(x: Tensor, ratio: number, { rows, columns }: Offsets): Tensor {
  const [height, width] = spaceOf('cutOut', x);
  const insideRows = inside(x, rows, height, ratio).reshape([-1, 1, height, 1]);
  const insideColumns = inside(x, columns, width, ratio).reshape([-1, 1, 1, width]);
  return where(logicalAnd(insideRows, insideColumns), 0, x);
}

/** (batch, 1, side, side): row i has its one at i + offset. */
function selection(x: Tensor, offsets: Tensor, side: number): Tensor {
  const positions = arange(side, { dtype: 'float32' });
  const sources = positions.reshape([side, 1]).add(perImage(x, offsets));
  return cast(equal(sources, positions), x.dtype);
}

/** (batch, side), bool: whether a row or column is cut out. */
function inside(x: Tensor, centers: Tensor, side: number, ratio: number): Tensor {
  const size = cutoutSize(side, ratio);
  const firsts = perImage(x, centers)
    .reshape([-1, 1])
    .sub(Math.floor(size / 2));
  const positions = arange(side, { dtype: 'float32' });
  return logicalAnd(greaterEqual(positions, firsts), less(positions, firsts.add(size)));
}

/** One number an image, shaped to broadcast against (batch, channels, height, width). */
function perImage(x: Tensor, values: Tensor): Tensor {
  const batch: Dimension | undefined = x.shape[0];
  if (x.rank !== 4 || values.rank !== 1 || formatShape(values.shape) !== formatShape([batch!])) {
    throw new ShapeError(
      `DiffAugment takes images (batch, channels, height, width) and draws (batch), not ${formatShape(x.shape)} and ${formatShape(values.shape)}`,
    );
  }
  return cast(values, x.dtype).reshape([batch!, 1, 1, 1]);
}

function spaceOf(what: string, x: Tensor): [height: number, width: number] {
  const [, , height, width] = x.shape;
  if (x.rank === 4 && typeof height === 'number' && typeof width === 'number') return [height, width];
  throw new ShapeError(
    `${what} takes (batch, channels, height, width) with static height and width, not ${formatShape(x.shape)}`,
  );
}
