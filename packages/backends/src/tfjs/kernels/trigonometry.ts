import type { Engine, Tensor } from '../engine.js';

/** π in three parts, of which the first has so few digits that its multiples are exact. */
const pi = [3.140625, 9.675025939941406e-4, 1.509957990978376e-7] as const;

/** Coefficients of x³, x⁵, … in the Taylor series of the sine. */
const coefficients = [-1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800];

export function sin(engine: Engine, x: Tensor): Tensor {
  return hasExactSine(engine) ? engine.tf.sin(x) : sineOfShifted(engine, x, 0);
}

export function cos(engine: Engine, x: Tensor): Tensor {
  return hasExactSine(engine) ? engine.tf.cos(x) : sineOfShifted(engine, x, 0.5);
}

/** Shading languages ask for an absolute error below 2⁻¹¹ only, and software rendering makes use of it. */
function hasExactSine({ device }: Engine): boolean {
  return device !== 'webgl' && device !== 'webgpu';
}

/**
 * The sine of x + shift · π, by reduction to a quarter turn around a multiple of π (Cody & Waite) and the Taylor series
 * there. Within 2e-7 for |x| up to 1000.
 */
function sineOfShifted({ tf }: Engine, x: Tensor, shift: 0 | 0.5): Tensor {
  const halfTurns = tf.round(tf.add(tf.mul(x, 1 / Math.PI), shift));
  const multiple = tf.sub(halfTurns, shift);
  const angle = pi.reduce<Tensor>((rest, part) => tf.sub(rest, tf.mul(multiple, part)), x);
  const square = tf.mul(angle, angle);
  const series = coefficients.reduceRight<Tensor>(
    (sum, coefficient) => tf.add(tf.mul(sum, square), coefficient),
    tf.zerosLike(x),
  );
  const sine = tf.add(angle, tf.mul(tf.mul(angle, square), series));
  const oddness = tf.sub(halfTurns, tf.mul(tf.floor(tf.mul(halfTurns, 0.5)), 2));
  return tf.mul(sine, tf.sub(1, tf.mul(oddness, 2)));
}
