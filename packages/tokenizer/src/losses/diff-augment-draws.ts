import { ArgumentError, type Tensor } from '@softvq/core';
import type { DiffAugmentDraws, DiffAugmentPolicy, Offsets } from './diff-augment.js';
import { integersFrom, type RandomSource, uniformFrom } from './random-source.js';

/** Largest translation as a share of the side. */
const translationRatio = 0.125;

export interface DiffAugmentBatch {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The random numbers of one call of `diffAugment`: of a traced source inside a compiled training step, or of a stream,
 * in host memory, as arguments of one. A step number as the stream's index makes every step repeatable.
 *
 * @throws ArgumentError when the cutout ratio is not from 0 to 1.
 */
export function drawDiffAugment(
  random: RandomSource,
  { batch, height, width }: DiffAugmentBatch,
  { cutoutRatio }: Pick<DiffAugmentPolicy, 'cutoutRatio'>,
): DiffAugmentDraws {
  const uniform = (name: string): Tensor => uniformFrom(random.child(name), [batch]);
  const gate = (name: string): Tensor => uniformFrom(random.child('gate').child(name), []);
  const offsets = (name: string, bounds: (side: number) => { low: number; high: number }): Offsets => {
    const along = (axis: string, side: number): Tensor =>
      integersFrom(random.child(name).child(axis), [batch], bounds(side));
    return { rows: along('rows', height), columns: along('columns', width) };
  };
  return {
    gates: { color: gate('color'), translation: gate('translation'), cutout: gate('cutout') },
    brightness: uniform('brightness'),
    saturation: uniform('saturation'),
    contrast: uniform('contrast'),
    translation: offsets('translation', (side) => {
      const furthest = roundHalfUp(side * translationRatio);
      return { low: -furthest, high: furthest + 1 };
    }),
    cutout: offsets('cutout', (side) => ({
      low: 0,
      // An even rectangle has its centre between two pixels and so one place more.
      high: side + 1 - (cutoutSize(side, cutoutRatio) % 2),
    })),
  };
}

/** Side of a cutout rectangle. @throws ArgumentError when the ratio is not from 0 to 1. */
export function cutoutSize(side: number, ratio: number): number {
  if (ratio >= 0 && ratio <= 1) return roundHalfUp(side * ratio);
  throw new ArgumentError(`a cutout ratio is from 0 to 1, not ${ratio}`);
}

function roundHalfUp(x: number): number {
  return Math.floor(x + 0.5);
}
