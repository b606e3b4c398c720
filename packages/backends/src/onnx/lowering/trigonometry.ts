import type { OnnxBuilder, ValueName } from '../builder.js';
import { direct, type Lowering } from './context.js';

/** π in two parts, of which the first has so few digits that its multiples by whole numbers below 2¹⁵ are exact. */
const piHigh = 3.140625;
const piLow = 9.67653589793e-4;

/** Factors of r³, r⁵, … in the series of the sine, which at π/2 is exact to 6e-8. */
const series = [-1 / 6, 1 / 120, -1 / 5_040, 1 / 362_880, -1 / 39_916_800];

/**
 * The sines of WebGPU are off by 2e-4 near 0, and by any amount far from it. Here the angle is reduced by the multiple
 * of π that is nearest (Cody and Waite), and the rest is left to a polynomial. The cosine takes the nearest multiple
 * and a half.
 */
function reduced(builder: OnnxBuilder, x: ValueName, cosine: boolean): ValueName {
  const number = (value: number) => builder.scalar(value, 'float32');
  const times = (a: ValueName, b: ValueName) => builder.add('Mul', [a, b]);
  const plus = (a: ValueName, b: ValueName) => builder.add('Add', [a, b]);
  const turns = times(x, number(1 / Math.PI));
  const whole = builder.add('Floor', [cosine ? turns : plus(turns, number(0.5))]);
  const multiple = cosine ? plus(whole, number(0.5)) : whole;
  const rest = plus(plus(x, times(multiple, number(-piHigh))), times(multiple, number(-piLow)));
  const square = times(rest, rest);
  const polynomial = series
    .toReversed()
    .reduce<ValueName | undefined>(
      (sum, factor) => (sum === undefined ? number(factor) : plus(times(sum, square), number(factor))),
      undefined,
    )!;
  const sine = plus(rest, times(rest, times(square, polynomial)));
  // The sign changes from one multiple to the next: the fraction of its half is 0 or a half.
  const half = times(whole, number(0.5));
  const odd = builder.add('Sub', [half, builder.add('Floor', [half])]);
  const sign = cosine ? plus(times(odd, number(4)), number(-1)) : plus(times(odd, number(-4)), number(1));
  return times(sine, sign);
}

const lowering =
  (operator: 'Sin' | 'Cos'): Lowering<'sin' | 'cos'> =>
  (builder, node, inputs) =>
    builder.dialect.kernels === 'webgpu' && node.dtype === 'float32'
      ? reduced(builder, inputs[0]!, operator === 'Cos')
      : direct(operator)(builder, node, inputs);

export const trigonometry = { sin: lowering('Sin'), cos: lowering('Cos') };
