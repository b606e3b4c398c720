import { formatShape, ShapeError, split, type Tensor } from '@softvq/core';

/** A network's output taken apart. */
export interface SplitPrediction {
  /** What is predicted of the data or the noise, of the shape of the latents. */
  readonly mean: Tensor;
  /** The second half of the channels: where the variance lies between its bounds, from -1 to 1. */
  readonly variance: Tensor | undefined;
  /** The axis of the channels. */
  readonly axis: number;
}

/**
 * Takes a prediction apart whose channels are those of the latents, or twice as many.
 *
 * @throws ShapeError for any other shape.
 */
export function splitPrediction(prediction: Tensor, latents: Tensor): SplitPrediction {
  const { rank, shape } = latents;
  const differing = shape.flatMap((size, axis) =>
    axis > 0 && prediction.shape[axis] !== size ? [axis] : [],
  );
  if (prediction.rank === rank && differing.length === 0) {
    return { mean: prediction, variance: undefined, axis: rank - 1 };
  }
  const axis = differing[0];
  if (
    prediction.rank !== rank ||
    differing.length > 1 ||
    axis === undefined ||
    !doubles(prediction, latents, axis)
  ) {
    throw new ShapeError(
      `a network's prediction for latents ${formatShape(shape)} has their shape, or twice the channels, and not ${formatShape(prediction.shape)}`,
    );
  }
  const [mean, variance] = split(prediction, 2, axis) as [Tensor, Tensor];
  return { mean, variance, axis };
}

function doubles(prediction: Tensor, latents: Tensor, axis: number): boolean {
  const size = latents.shape[axis];
  return typeof size === 'number' && prediction.shape[axis] === 2 * size;
}
