import {
  type AnyGenerator,
  ArgumentError,
  formatShape,
  type Generator,
  type GuidanceOptions,
} from '@softvq/core';

/** Guidance with everything decided. */
export interface Guidance {
  readonly scale: number;
  readonly interval: readonly [low: number, high: number];
  readonly schedule: 'constant' | 'linear';
  /** To be guided away from, in place of the unconditional prediction. */
  readonly model: AnyGenerator | undefined;
}

/** What a generator is able to do, as far as guidance goes. */
export interface GuidanceSupport {
  readonly generator: Pick<Generator, 'name' | 'latentShape' | 'classes'>;
  /** Whether it fills in tokens, so that guidance may grow with the share that is known. */
  readonly fillsTokens?: boolean;
}

/**
 * Checks guidance and fills in defaults.
 *
 * @throws ArgumentError for a scale, an interval, a schedule or a model that does not fit.
 */
export function resolveGuidance(
  { scale, interval = [0, 1], schedule = 'constant', model }: GuidanceOptions = { scale: 1 },
  { generator, fillsTokens = false }: GuidanceSupport,
): Guidance {
  if (!(Number.isFinite(scale) && scale >= 0)) {
    throw new ArgumentError(`guidance: the scale is a number from 0, with 1 for none, not ${scale}`);
  }
  const [low, high] = interval;
  if (!(low >= 0 && low <= high && high <= 1)) {
    throw new ArgumentError(
      `guidance: the interval is two times in [0, 1] in order, 1 being noise, not [${interval.join(', ')}]`,
    );
  }
  if (schedule !== 'constant' && schedule !== 'linear') {
    throw new ArgumentError(`guidance: the schedule is "constant" or "linear", not "${String(schedule)}"`);
  }
  if (schedule === 'linear' && !fillsTokens) {
    throw new ArgumentError(
      `guidance: the schedule "linear" grows with the share of known tokens, and ${generator.name} makes all tokens at once; use "constant"`,
    );
  }
  if (model !== undefined) assertGuides(generator, model);
  return { scale, interval: [low, high], schedule, model: scale === 1 ? undefined : model };
}

/** Whether guidance changes anything at a time in [0, 1], 1 being noise. */
export function isActive({ scale, interval: [low, high] }: Guidance, time: number): boolean {
  return scale !== 1 && low <= time && time <= high;
}

function assertGuides(generator: GuidanceSupport['generator'], model: AnyGenerator): void {
  const describe = (each: GuidanceSupport['generator']): string =>
    `${each.name} for latents ${formatShape(each.latentShape)} and ${each.classes} classes`;
  if (describe(model) !== describe(generator)) {
    throw new ArgumentError(
      `guidance: the other model is ${describe(model)} and must be ${describe(generator)}`,
    );
  }
}
