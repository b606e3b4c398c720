import { BackendError, type HostTensor } from '@softvq/core';

/**
 * The largest magnitude of int8 elements. Processors without instructions for dot products of bytes add two products in
 * 16 bits, which two products of 255 · 64 fit into and larger ones do not.
 */
export type LargestInt8 = 127 | 64;

export interface QuantizedWeight {
  /** (in, out). */
  readonly shape: readonly [number, number];
  readonly elements: Int8Array;
  /** What an element of each output counts. */
  readonly scales: Float32Array;
}

/** Elements are transposed in squares of this size, which the processor's cache holds. */
const block = 64;

/**
 * The weight (out, in) of a linear layer as whole numbers with one scale an output, symmetric around 0: the largest
 * magnitude of each output becomes `largest`.
 *
 * @throws BackendError, naming the weight, when it has elements that are not finite.
 */
export function quantizeWeight(
  { shape, data }: HostTensor,
  largest: LargestInt8,
  name: string,
): QuantizedWeight {
  const [outputs, inputs] = shape as readonly [number, number];
  const weight = data as Float32Array;
  const scales = new Float32Array(outputs);
  const factors = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const peak = largestMagnitude(weight, output * inputs, inputs);
    if (!Number.isFinite(peak)) {
      throw new BackendError(`"${name}" has elements that are not finite, and cannot become int8`);
    }
    scales[output] = peak / largest || 1;
    factors[output] = 1 / scales[output]!;
  }
  const elements = new Int8Array(inputs * outputs);
  for (let fromOutput = 0; fromOutput < outputs; fromOutput += block) {
    const toOutput = Math.min(fromOutput + block, outputs);
    for (let fromInput = 0; fromInput < inputs; fromInput += block) {
      const toInput = Math.min(fromInput + block, inputs);
      for (let output = fromOutput; output < toOutput; output++) {
        const factor = factors[output]!;
        for (let input = fromInput; input < toInput; input++) {
          elements[input * outputs + output] = Math.round(weight[output * inputs + input]! * factor);
        }
      }
    }
  }
  return { shape: [inputs, outputs], elements, scales };
}

/** NaN where any element is. */
function largestMagnitude(values: Float32Array, start: number, count: number): number {
  let largest = 0;
  for (let i = start; i < start + count; i++) {
    const magnitude = Math.abs(values[i]!);
    // Written so that NaN, which compares with nothing, is taken over.
    if (!(magnitude <= largest)) largest = magnitude;
    if (Number.isNaN(largest)) return largest;
  }
  return largest;
}
