import type { ResizeAttributes } from '../graph/table/index.js';
import { applyOperation } from '../tensor/apply.js';
import type { Tensor } from '../tensor/tensor.js';

export interface ResizeOptions {
  readonly method?: ResizeAttributes['method'];
  /** The a of the cubic kernel. The default is PyTorch's: -0.5 with antialias, -0.75 without. */
  readonly cubicCoefficient?: number;
  readonly antialias?: boolean;
  readonly coordinates?: ResizeAttributes['coordinates'];
}

/**
 * x (batch, channels, height, width) at another height and width. `nearest` takes the pixel at ⌊index · scale⌋
 * with `asymmetric` coordinates (its default, as in PyTorch), `area` averages what a new pixel covers.
 */
export function resize(
  x: Tensor,
  size: readonly [height: number, width: number],
  options: ResizeOptions = {},
): Tensor {
  const { method = 'bilinear', antialias = false } = options;
  return applyOperation('resize', [x], {
    size,
    method,
    antialias,
    cubicCoefficient: options.cubicCoefficient ?? (antialias ? -0.5 : -0.75),
    coordinates: options.coordinates ?? (method === 'nearest' ? 'asymmetric' : 'half-pixel'),
  });
}

/**
 * The weights of one axis, row-major (to, from): each output is the sum of inputs times its row. Follows PyTorch's
 * `interpolate` where that has the mode; the antialiased kernel is stretched by the scale and normalised.
 */
export function resizeWeights(
  from: number,
  to: number,
  attributes: Omit<ResizeAttributes, 'size'>,
): Float32Array {
  const weights = new Float32Array(to * from);
  const { method, coordinates, antialias, cubicCoefficient } = attributes;
  const scale = coordinates === 'align-corners' ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const offset = coordinates === 'half-pixel' ? 0.5 : 0;
  for (let output = 0; output < to; output++) {
    const row = weights.subarray(output * from, (output + 1) * from);
    const center = (output + offset) * scale - offset;
    if (method === 'area') areaRow(row, output, from, to);
    else if (method === 'nearest') row[nearestIndex(center, coordinates, from)] = 1;
    else if (antialias && scale > 0)
      antialiasedRow(row, center + 0.5, scale, kernelOf(method, cubicCoefficient));
    else interpolatedRow(row, center, kernelOf(method, cubicCoefficient));
  }
  return weights;
}

interface Kernel {
  /** Beyond this distance the weight is 0. */
  readonly support: number;
  readonly weight: (distance: number) => number;
}

function kernelOf(method: 'bilinear' | 'bicubic', a: number): Kernel {
  if (method === 'bilinear') return { support: 1, weight: (d) => Math.max(0, 1 - Math.abs(d)) };
  return {
    support: 2,
    weight: (distance) => {
      const d = Math.abs(distance);
      if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
      return 0;
    },
  };
}

/** Taps that fall outside read the border pixel. */
function interpolatedRow(row: Float32Array, center: number, { support, weight }: Kernel): void {
  const base = Math.floor(center);
  for (let tap = base - support + 1; tap <= base + support; tap++) {
    const index = Math.min(Math.max(tap, 0), row.length - 1);
    row[index] = row[index]! + weight(center - tap);
  }
}

/** Taps that fall outside are left out and the others are normalised. */
function antialiasedRow(row: Float32Array, center: number, scale: number, { support, weight }: Kernel): void {
  const stretch = Math.max(scale, 1);
  const first = Math.max(Math.trunc(center - support * stretch + 0.5), 0);
  const last = Math.min(Math.trunc(center + support * stretch + 0.5), row.length);
  const taps = Array.from({ length: last - first }, (_, i) => weight((first + i - center + 0.5) / stretch));
  const total = taps.reduce((sum, tap) => sum + tap, 0);
  for (const [i, tap] of taps.entries()) row[first + i] = tap / total;
}

function areaRow(row: Float32Array, output: number, from: number, to: number): void {
  const start = Math.floor((output * from) / to);
  const end = Math.ceil(((output + 1) * from) / to);
  row.fill(1 / (end - start), start, end);
}

function nearestIndex(center: number, coordinates: ResizeAttributes['coordinates'], from: number): number {
  const index = coordinates === 'asymmetric' ? Math.floor(center) : Math.floor(center + 0.5);
  return Math.min(Math.max(index, 0), from - 1);
}
