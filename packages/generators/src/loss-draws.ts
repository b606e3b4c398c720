import { ArgumentError, type LossDraws, type Tensor } from '@softvq/core';

/**
 * The draws of a loss by their names.
 *
 * @throws ArgumentError when one is missing.
 */
export function requireDraws<Name extends string>(
  draws: LossDraws,
  names: readonly Name[],
): Readonly<Record<Name, Tensor>> {
  for (const name of names) {
    if (draws[name] !== undefined) continue;
    throw new ArgumentError(
      `the loss needs the draws ${names.join(', ')}, as drawLoss() makes them, and got ${Object.keys(draws).join(', ') || 'none'}`,
    );
  }
  return draws as Readonly<Record<Name, Tensor>>;
}
