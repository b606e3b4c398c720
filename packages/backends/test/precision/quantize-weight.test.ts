import { BackendError } from '@softvq/core';
import { RandomStream } from '@softvq/core/random';
import { describe, expect, it } from 'vitest';
import { quantizeWeight } from '../../src/onnx/quantize-weight.js';

const random = new RandomStream({ seed: 5, name: 'quantize' });

function weightOf(outputs: number, inputs: number) {
  const data = random.child(`${outputs}`, inputs).normal(outputs * inputs);
  return { dtype: 'float32', shape: [outputs, inputs], data } as const;
}

describe('quantizeWeight', () => {
  it.each([
    [127, 130, 70],
    [64, 5, 200],
    [127, 1, 1],
  ] as const)(
    'up to %i: each element is within half a step of its own (%i × %i)',
    (largest, outputs, inputs) => {
      const weight = weightOf(outputs, inputs);
      const { shape, elements, scales } = quantizeWeight(weight, largest, 'weight');
      expect(shape).toEqual([inputs, outputs]);
      for (let output = 0; output < outputs; output++) {
        const scale = scales[output]!;
        let peak = 0;
        for (let input = 0; input < inputs; input++) {
          const element = elements[input * outputs + output]!;
          peak = Math.max(peak, Math.abs(element));
          const missed = Math.abs(element * scale - weight.data[output * inputs + input]!);
          expect(missed).toBeLessThanOrEqual(0.5001 * scale);
        }
        expect(peak).toBe(largest);
      }
    },
  );

  it('gives outputs without weight zeros', () => {
    const data = Float32Array.of(0, 0, 3, -1);
    const { elements, scales } = quantizeWeight({ dtype: 'float32', shape: [2, 2], data }, 127, 'weight');
    expect([...elements]).toEqual([0, 127, 0, -42]);
    expect(scales[0]).toBe(1);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %f, naming the weight', (value) => {
    const weight = { dtype: 'float32', shape: [1, 3], data: Float32Array.of(1, value, 2) } as const;
    expect(() => quantizeWeight(weight, 127, 'blocks.0.weight')).toThrow(BackendError);
    expect(() => quantizeWeight(weight, 127, 'blocks.0.weight')).toThrow(
      '"blocks.0.weight" has elements that are not finite',
    );
  });
});
