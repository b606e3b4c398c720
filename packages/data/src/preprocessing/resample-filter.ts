/** A reconstruction filter: its weight at a distance in source pixels, when the picture is not made smaller. */
export interface ResampleFilter {
  /** Beyond this distance the weight is 0. */
  readonly support: number;
  weight(distance: number): number;
}

/** The mean of the pixels that a target pixel covers. The interval is open below, so that neighbours never share. */
export const box: ResampleFilter = {
  support: 0.5,
  weight: (distance) => (distance > -0.5 && distance <= 0.5 ? 1 : 0),
};

const sharpness = -0.5;

/** Cubic convolution (Keys, 1981) with a = -1/2. */
export const bicubic: ResampleFilter = {
  support: 2,
  weight(distance) {
    const x = Math.abs(distance);
    if (x < 1) return ((sharpness + 2) * x - (sharpness + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * sharpness;
    return 0;
  },
};
